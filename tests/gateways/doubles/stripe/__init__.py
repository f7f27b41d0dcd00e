"""A small Stripe: the calls that app/gateways/stripe makes, over a real socket, with state, keys, faults and signed webhooks.

`python -m tests.gateways.doubles.stripe --port 12111 …` starts it (docs/stripe.md says what it takes and what it plays).
"""
