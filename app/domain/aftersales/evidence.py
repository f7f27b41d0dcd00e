"""What the brand answers a bank: a draft until it is handed in, once, and never changed after (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from app.kernel.errors import Refused, msgid
from app.kernel.texts import clean

FIELDS: Mapping[str, int] = MappingProxyType({
    "product_description": 2000, "customer_name": 100, "shipping_address": 300, "shipping_carrier": 100, "shipping_date": 60,
    "shipping_tracking_number": 200, "customer_communication": 6000, "refund_policy_disclosure": 4000, "refund_refusal_explanation": 2000,
    "uncategorized_text": 6000})
"""Field → most characters. The names are those of card networks' evidence forms, as Stripe has them."""
TALK = "customer_communication"
"""Stripe takes it as an uploaded file only; as text it goes where any text goes."""
REST = "uncategorized_text"
UNDECIDED = ("inquiry", "open")
REMIND_BEFORE = timedelta(days=3)
ASK_AGAIN_WITHIN = timedelta(hours=1)
"""So long a sending without an answer is repeated under its key; then, if the provider has nothing, under the next."""


def clean_evidence(typed: Mapping[str, object]) -> dict[str, str]:
    """The fields that say something, line by line without what cannot be printed; refuses one too long or unknown."""
    kept = {}
    for name, said in typed.items():
        if name not in FIELDS:
            raise Refused("evidence_unknown", msgid("没有“%(name)s”这一项"), field="evidence", name=clean(name)[:40])
        text = "\n".join(clean(line) for line in str(said or "").splitlines()).strip()
        if len(text) > FIELDS[name]:
            raise Refused("too_long", msgid("最长 %(most)d 个字"), field=name, most=FIELDS[name])
        if text:
            kept[name] = text
    return {name: kept[name] for name in FIELDS if name in kept}


def as_handed_in(evidence: Mapping[str, str]) -> dict[str, str]:
    """The same as the provider takes it."""
    sent = {name: said for name, said in evidence.items() if name not in (TALK, REST)}
    rest = "\n\n".join(filter(None, (evidence.get(REST), evidence.get(TALK))))
    return {**sent, REST: rest} if rest else sent
