"""A shopper's phone, and a guide who is signed in."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from flask.testing import FlaskClient

from app.domain.guides.models import Guide
from tests.builders.shops import ADDRESS, CONTACT

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 MicroMessenger/8.0.50"
ZH = {"Accept-Language": "zh-CN", "User-Agent": PHONE}


def filled(page: str, **changes: str) -> dict[str, str]:
    """What the checkout form is sent, after reading its hidden fields from the page."""
    hidden = dict(re.findall(r'<input[^>]*?name="(key|seen_total)"[^>]*?value="([^"]*)"', page))
    return {**hidden, **CONTACT, **ADDRESS, "note": "", "coupon": "", **changes}


def token_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["token"][0]


def signed_in_guide(client: FlaskClient, guide: Guide) -> FlaskClient:
    """The guide app as this guide sees it."""
    assert guide.account is not None
    with client.session_transaction() as cookie:
        cookie["guide"] = {"brand": guide.brand_id, "account": str(guide.account.id), "epoch": guide.account.epoch}
    return client
