"""A shopper pays on the provider's own page: its session is opened, looked at when she or the provider says so, and ended with the order.

Each call is three steps: a transaction that freezes what is asked, the call under the row's key, a transaction that books what came of it.
"""
