"""How a payee is paid: sealed bank details, verified by someone who may approve money before any payout uses them (R15, R31)."""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.ledger.models import Payee
from app.kernel import sealing
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.texts import required

ACCOUNT = re.compile(r"[0-9A-Z]{6,40}", re.ASCII)
TAX_KINDS = ("employee", "individual", "company", "internal")


def payable(session: Session, *, brand_id: int, payee_id: UUID) -> Payee:
    """A guide or unit, locked; the brand's own accounts are not found here."""
    payee = session.scalar(select(Payee).where(Payee.brand_id == brand_id, Payee.id == payee_id, Payee.party.in_(("guide", "org_unit"))).with_for_update())
    if payee is None:
        raise NotFound("payee", payee_id)
    return payee


def set_bank_details(session: Session, *, brand_id: int, payee_id: UUID, holder: str, bank: str, account: str) -> Payee:
    """Seals holder, bank and account; new details are unverified. Only 'bank ··1234' can be read again."""
    payee = payable(session, brand_id=brand_id, payee_id=payee_id)
    holder, bank = required(holder, field="holder", most=80), required(bank, field="bank", most=60)
    number = account.replace(" ", "").upper()
    if not ACCOUNT.fullmatch(number):
        raise Refused("account_invalid", "账号为 6 到 40 位数字或字母", field="account")
    payee.bank_sealed = sealing.seal({"holder": holder, "bank": bank, "account": number})
    payee.bank_hint, payee.bank_verified_at = f"{bank} ··{number[-4:]}", None
    session.flush()
    return payee


def verify_bank_details(session: Session, *, brand_id: int, payee_id: UUID, now: datetime) -> Payee:
    """From now on payouts may use them. Refuses when there are none, or they are verified already."""
    payee = payable(session, brand_id=brand_id, payee_id=payee_id)
    if not payee.bank_sealed:
        raise Refused("no_bank_details", "还没有收款账户，无法核验")
    if payee.bank_verified_at:
        raise Conflict("already_verified", "已经核验过了")
    payee.bank_verified_at = now
    session.flush()
    return payee


def change_payment(session: Session, *, brand_id: int, payee_id: UUID, tax_kind: str | None = None, status: str | None = None) -> Payee:
    """How the payee is taxed and paid (R31), and whether payouts leave it out."""
    payee = payable(session, brand_id=brand_id, payee_id=payee_id)
    if tax_kind is not None and tax_kind not in TAX_KINDS:
        raise Refused("tax_kind_unknown", "没有这种付款方式", field="tax_kind")
    payee.tax_kind, payee.status = tax_kind or payee.tax_kind, status or payee.status
    session.flush()
    return payee
