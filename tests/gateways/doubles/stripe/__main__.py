"""The double as a process of its own, with the contract server's options."""

from __future__ import annotations

import argparse
from decimal import Decimal

from .serving import StripeDouble
from .telling import Webhooks
from .world import Options


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--port", type=int, default=12111, help="0 takes a free one")
    words.add_argument("--public-url", default="", help="base of the addresses in answers")
    words.add_argument("--webhook-url", help="for what happens on the platform")
    words.add_argument("--webhook-secret", default="whsec_test")
    words.add_argument("--connect-webhook-url", help="for what happens on connected accounts")
    words.add_argument("--connect-webhook-secret", default="whsec_connect_test")
    words.add_argument("--webhook-retries", type=int, default=3)
    words.add_argument("--webhook-backoff", type=float, default=0.2, help="seconds before the first retry")
    words.add_argument("--fx", action="append", default=[], metavar="CUR:RATE:HOME", help="charges in CUR settle in HOME (cny:0.18:sgd)")
    words.add_argument("--settle-seconds", type=int, default=2 * 86400)
    words.add_argument("--fee-bps", type=int, default=290)
    words.add_argument("--fee-fixed", type=int, default=30)
    words.add_argument("--dispute-fee", type=int, default=1500)
    words.add_argument("--methods", default="card,alipay,wechat_pay")
    given = words.parse_args()
    webhooks = Webhooks(retries=given.webhook_retries, backoff=given.webhook_backoff)
    for url, secret, connect in ((given.webhook_url, given.webhook_secret, False), (given.connect_webhook_url, given.connect_webhook_secret, True)):
        if url:
            webhooks.add(url, secret, connect=connect)
    rates = {source: (Decimal(rate), home) for source, rate, home in (one.split(":") for one in given.fx)}
    options = Options(rates, given.settle_seconds, given.fee_bps, given.fee_fixed, given.dispute_fee, tuple(given.methods.split(",")))
    double = StripeDouble(given.port, options, webhooks, public_url=given.public_url)
    print(f"listening on {double.world.url}", flush=True)
    double.serve_forever()


if __name__ == "__main__":
    main()
