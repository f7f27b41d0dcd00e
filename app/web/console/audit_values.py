"""How values of the audit log read: money and rates as such, moments in the brand's time zone, ids by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext

from app.domain.insights.audit_names import audit_names
from app.domain.ledger.queries import house_payees
from app.domain.people.models import AuditEvent
from app.web.shared import after_sale_words, attribution_words, hold_words, money_words, payout_words, refund_words
from app.web.shared.formats import moment, priced, rate
from app.web.shared.names import actor_name, payee_name
from app.web.shared.serving import brand_id, db

from . import coupons, guides, navigation, order_words, orgs, training, write_offs
from .payout_words import RUN_STATES

ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
AT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?\+00:00", re.ASCII)
CODES: dict[tuple[str, str], Any] = {
    ("orders", "state"): order_words.ORDER_STATES, ("orders", "channel"): order_words.CHANNELS, ("payments", "state"): order_words.PAYMENT_STATES,
    ("refunds", "state"): refund_words.REFUND_STATES, ("after_sales", "state"): after_sale_words.CASE_STATES,
    ("after_sales", "kind"): after_sale_words.KINDS, ("chargebacks", "state"): after_sale_words.CHARGEBACK_STATES,
    ("attribution_disputes", "state"): attribution_words.DISPUTE_STATES, ("sale_holds", "state"): hold_words.STATES,
    ("guides", "status"): guides.STATUSES, ("guides", "kind"): guides.KINDS, ("invite_codes", "kind"): guides.KINDS,
    ("org_units", "kind"): orgs.KINDS, ("org_units", "status"): orgs.STATUSES, ("accounts", "role"): navigation.ROLES,
    ("coupons", "funder"): coupons.FUNDERS, ("split_shares", "role"): money_words.ROLES, ("payees", "tax_kind"): money_words.TAX_KINDS,
    ("payout_runs", "state"): RUN_STATES, ("payouts", "state"): money_words.PAYOUT_STATES, ("payouts", "method"): money_words.PAYOUT_METHODS,
    ("withdrawals", "state"): payout_words.WITHDRAWAL_STATES, ("write_offs", "state"): write_offs.STATES,
    ("training_cards", "status"): training.STATUSES}
"""Table and field → what its codes are called; any other code is shown as it is kept."""


def reader(events: Sequence[AuditEvent]) -> Callable[[AuditEvent, str, Any], Any]:
    """(event, field, value) → the value as it reads, for these events."""
    parties = {str(payee_id): party for party, payee_id in house_payees(db(), brand_id=brand_id()).items()}
    kept = [value for one in events for side in (one.before, one.after) for value in (side or {}).values()]
    names = audit_names(db(), brand_id=brand_id(), ids={UUID(value) for value in kept if isinstance(value, str) and ID.fullmatch(value)})
    names |= {payee_id: payee_name(party, names.get(payee_id, "")) for payee_id, party in parties.items()}

    def read(one: AuditEvent, field: str, value: Any) -> Any:
        if field == "name" and one.subject_id in parties:
            return payee_name(parties[one.subject_id], value or "")
        return _coded(CODES.get((one.subject_kind, field), {}), value) or _said(field, value, names)
    return read


def _coded(words: Any, value: Any) -> str:
    found = words.get(value) if isinstance(value, str) else None
    return str(found[0] if isinstance(found, tuple) else found) if found else ""


def _said(field: str, value: Any, names: dict[str, str]) -> Any:
    if value is None:
        return "—"
    if isinstance(value, bool):
        return gettext("是") if value else gettext("否")
    if isinstance(value, int):
        return priced(value) if field.endswith("_minor") else rate(value) if field.endswith("_bp") else value
    if isinstance(value, str) and AT.fullmatch(value):
        return moment(datetime.fromisoformat(value), "yyyy-MM-dd HH:mm")
    return actor_name(value) if field.endswith("_by") else names.get(value, value) if isinstance(value, str) else value
