"""How a payee is paid: sealed bank details, used by payouts once another person than entered them has verified them (R15, R31)."""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.ledger.models import Payee
from app.domain.people.audit import acting
from app.kernel import sealing
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.texts import required

from .models import Payout

ACCOUNT = re.compile(r"[0-9A-Z]{6,40}", re.ASCII)
TAX_KINDS = ("employee", "individual", "company", "internal")


def payable(session: Session, *, brand_id: int, payee_id: UUID) -> Payee:
    """A guide or unit, locked: what is decided about her waits for each other. The brand's own accounts are not found here."""
    chosen = select(Payee).where(Payee.brand_id == brand_id, Payee.id == payee_id, Payee.party.in_(("guide", "org_unit")))
    payee = session.scalar(chosen.with_for_update(key_share=True).execution_options(populate_existing=True))
    if payee is None:
        raise NotFound("payee", payee_id)
    return payee


def set_bank_details(session: Session, *, brand_id: int, payee_id: UUID, holder: str, bank: str, account: str) -> Payee:
    """Seals holder, bank and account; new details are unverified. Only 'bank ··1234' can be read again."""
    payee = payable(session, brand_id=brand_id, payee_id=payee_id)
    holder, bank = required(holder, field="holder", most=80), required(bank, field="bank", most=60)
    number = account.replace(" ", "").upper()
    if session.scalar(select(Payout.id).where(Payout.payee_id == payee_id, Payout.state == "sent").limit(1)):
        raise Conflict("payout_under_way", "有一笔打款正在途中，到账后才能更换账户")
    if not ACCOUNT.fullmatch(number):
        raise Refused("account_invalid", "账号为 6 到 40 位数字或字母", field="account")
    payee.bank_sealed = sealing.seal({"holder": holder, "bank": bank, "account": number})
    payee.bank_hint, payee.bank_entered_by_id = f"{bank} ··{number[-4:]}", acting(session).ref
    payee.bank_verified_at = payee.bank_verified_by_id = None
    session.flush()
    return payee


def verify_bank_details(session: Session, *, brand_id: int, payee_id: UUID, now: datetime) -> Payee:
    """From now on payouts may use them. By another person than entered them; the database refuses the same one too."""
    payee, actor = payable(session, brand_id=brand_id, payee_id=payee_id), acting(session)
    if not payee.bank_sealed:
        raise Refused("no_bank_details", "还没有收款账户，无法核验")
    if payee.bank_verified_at:
        raise Conflict("already_verified", "已经核验过了")
    if actor.ref == payee.bank_entered_by_id:
        raise Refused("second_person", "填写账户和核验账户必须是两个人，请另一位同事核验")
    payee.bank_verified_at, payee.bank_verified_by_id = now, actor.ref
    session.flush()
    return payee


def doubt_bank_details(session: Session, *, brand_id: int, payee_id: UUID) -> Payee:
    """They have to be verified again before the next payout, as after a transfer that bounced."""
    payee = payable(session, brand_id=brand_id, payee_id=payee_id)
    payee.bank_verified_at = payee.bank_verified_by_id = None
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
