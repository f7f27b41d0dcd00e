"""/payees: who money is owed to, how they are paid, their statement."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.domain.ledger.models import Payee
from app.domain.ledger.queries import balances
from app.domain.settlement.statements import statement
from app.kernel.errors import Refused
from app.kernel.sealing import seal
from app.web.shared.application import now
from app.web.shared.explaining import why
from app.web.shared.serving import brand_id, db

from .fields import Amount, Choice, Flag, Rate, Ref, Text, When
from .operations import Rows
from .rows import contains, found, listed
from .shapes import Currency, Listed, Nest, Paging, Shape, Table
from .v1 import v1

TAG: dict[str, Any] = {"tag": "payees"}
PARTIES = ("brand", "platform", "clearing", "guide", "org_unit")
PAID_AS = ("employee", "individual", "company", "internal")


class Balances(Shape):
    estimated = Amount(signed=True)
    pending = Amount(signed=True)
    held = Amount(signed=True)
    available = Amount(signed=True)
    in_payout = Amount(signed=True)
    paid = Amount(signed=True)


class PayeeOut(Shape):
    id = Ref("payee")
    party = Choice(*PARTIES)
    name = Text(80)
    tax_kind = Choice(*PAID_AS)
    status = Choice("active", "suspended")
    bank_hint = Text(80, metadata={"description": "All that is ever told of the bank details."})
    bank_verified_at = When(allow_none=True)
    created_at = When()


class PayeeWithBalances(PayeeOut):
    balances = Nest(Balances)
    currency = Currency()


class PayeeQuery(Paging):
    q = Text(80, load_default="")
    party = Choice(*PARTIES, load_default=None)


class Bank(Shape):
    holder = Text(80, least=1, required=True)
    bank = Text(80, least=1, required=True, metadata={"examples": ["招商银行"]})
    account = Text(40, least=6, required=True, pattern="[0-9A-Z ]+", metadata={"examples": ["6225880112346688"]})


class PayeeChange(Shape):
    tax_kind = Choice(*PAID_AS)
    status = Choice("active", "suspended")
    bank = Nest(Bank, metadata={"description": "New details are unverified until `verified` says so."})
    verified = Flag()


class Period(Shape):
    from_ = When(data_key="from", required=True)
    to = When(required=True, metadata={"description": "Not included."})


class StatementLineOut(Shape):
    at = When()
    kind = Text(16)
    role = Text(18)
    amount = Amount(signed=True, attribute="amount_minor", metadata={"description": "What this line adds to the balance, in minor units."})
    order_number = Text(24, allow_none=True)
    title = Text(300, allow_none=True)
    options = Table(allow_none=True)
    commission_base = Amount(attribute="base_minor", allow_none=True)
    rate_bp = Rate(allow_none=True)
    share = Amount(attribute="share_minor", allow_none=True, metadata={"description": "The frozen share of the line, minor units."})
    why = Text(2000)


class StatementOut(Shape):
    payee_id = Ref("payee")
    payee_name = Text(80)
    from_ = When(data_key="from")
    to = When()
    currency = Currency()
    opening = Amount(signed=True, attribute="opening_minor")
    earned = Amount(signed=True, attribute="earned_minor")
    reversed = Amount(signed=True, attribute="reversed_minor")
    paid = Amount(signed=True, attribute="paid_minor")
    closing = Amount(signed=True, attribute="closing_minor", metadata={"description": "opening + earned + reversed + paid, minor units."})
    lines = Listed(Nest(StatementLineOut), most=1_000_000)


@v1.get("/payees", listed=PayeeOut, query=PayeeQuery, scope="money:read", summary="Payees", **TAG)
def list_payees(query: dict[str, Any]) -> Rows:
    chosen = select(Payee)
    if query["party"]:
        chosen = chosen.where(Payee.party == query["party"])
    if query["q"]:
        chosen = chosen.where(Payee.name.ilike(contains(query["q"])))
    return listed(chosen, Payee, query)


@v1.get("/payees/<id>", out=PayeeWithBalances, scope="money:read", summary="One payee with balances", **TAG)
def get_payee(id: str) -> dict[str, Any]:
    return shown(found(Payee, id))


@v1.patch("/payees/<id>", body=PayeeChange, out=PayeeWithBalances, scope="money:write", summary="Change or verify how a payee is paid", **TAG)
def change_payee(id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Bank details are sealed; only the hint can be read again."""
    payee = found(Payee, id)
    if payee.party in ("brand", "platform", "clearing"):
        raise Refused("house_payee", "这是内部账户，不能修改")
    for name in ("tax_kind", "status"):
        if name in body:
            setattr(payee, name, body[name])
    if "bank" in body:
        _take_bank(payee, body["bank"])
    if "verified" in body:
        _verify(payee, verified=body["verified"])
    db().flush()
    return shown(payee)


def _take_bank(payee: Payee, bank: dict[str, str]) -> None:
    number = bank["account"].replace(" ", "")
    payee.bank_sealed = seal({**bank, "account": number})
    payee.bank_hint = f"{bank['bank'][:70]} ··{number[-4:]}"
    payee.bank_verified_at = None


def _verify(payee: Payee, *, verified: bool) -> None:
    if verified and not payee.bank_sealed:
        raise Refused("no_bank_details", "还没有收款账户，无法核验", field="verified")
    payee.bank_verified_at = now() if verified else None


@v1.get("/payees/<id>/statement", out=StatementOut, query=Period, scope="money:read", summary="A payee's statement", tag="payees")
def get_statement(id: str, query: dict[str, Any]) -> dict[str, Any]:
    """Lines add up: opening + earned + reversed + paid = closing. The period is half-open, at most 400 days."""
    if not 0 < (query["to"] - query["from_"]).days <= 400:
        raise Refused("period_invalid", "时间段须在 1 到 400 天之间", field="to")
    told = statement(db(), brand_id=brand_id(), payee_id=found(Payee, id).id, from_=query["from_"], to=query["to"])
    names = ("opening_minor", "earned_minor", "reversed_minor", "paid_minor", "closing_minor", "from_", "to")
    lines = [{**{name: getattr(line, name) for name in line.__slots__}, "why": why(line.trace) if line.trace else ""} for line in told.lines]
    return {**{name: getattr(told, name) for name in names}, "payee_id": told.payee.id, "payee_name": told.payee.name, "lines": lines}


def shown(payee: Payee) -> dict[str, Any]:
    return {**{name: getattr(payee, name) for name in PayeeOut().fields},
            "balances": balances(db(), brand_id=brand_id(), payee_id=payee.id)}
