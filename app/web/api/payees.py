"""/payees: who money is owed to, how they are paid, their statement."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.domain.ledger.models import Payee
from app.domain.ledger.queries import balances
from app.domain.settlement.bank_details import change_payment, doubt_bank_details, set_bank_details, verify_bank_details
from app.domain.settlement.statement_lines import StatementLine, line_page
from app.domain.settlement.statements import STATED, statement
from app.kernel.errors import NotFound, Refused
from app.web.shared.application import now
from app.web.shared.serving import brand_id, db
from app.web.shared.statement_words import formula, reason

from .fields import Amount, Choice, Flag, Number, Rate, Ref, Text, When, Whole
from .operations import Rows
from .rows import contains, found, listed
from .shapes import Currency, Listed, Nest, Paging, Shape, Table
from .v1 import v1

TAG: dict[str, Any] = {"tag": "payees"}
PARTIES = ("brand", "platform", "clearing", "fulfilment", "guide", "org_unit")
PAID_AS = ("employee", "individual", "company", "internal")


class Balances(Shape):
    estimated = Amount(signed=True)
    pending = Amount(signed=True)
    held = Amount(signed=True)
    available = Amount(signed=True)
    requested = Amount(signed=True)
    in_payout = Amount(signed=True)
    paid = Amount(signed=True)
    withheld = Amount(signed=True)


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
    limit = Number(1, 200, load_default=200, metadata={"description": "Lines a page."})
    cursor = Ref("line", load_default=None, metadata={"description": "`next_cursor` of the page before."})


class StatementLineOut(Shape):
    id = Ref("line")
    at = When()
    kind = Text(16)
    role = Text(18)
    amount = Amount(signed=True, attribute="amount_minor", metadata={"description": "What this line adds to the balance, in minor units."})
    order_id = Ref("order", allow_none=True)
    order_number = Text(24, allow_none=True)
    title = Text(300, allow_none=True)
    options = Table(allow_none=True)
    quantity = Whole(allow_none=True)
    list_price = Amount(attribute="list_price_minor", allow_none=True)
    unit_price = Amount(attribute="unit_price_minor", allow_none=True, metadata={"description": "The list price, or the activity's, minor units."})
    brand_discount = Amount(attribute="brand_discount_minor", allow_none=True)
    commission_base = Amount(attribute="base_minor", allow_none=True)
    rate_bp = Rate(allow_none=True)
    share = Amount(attribute="share_minor", allow_none=True, metadata={"description": "The frozen share of the line, minor units."})
    funded = Amount(attribute="funded_minor", allow_none=True, metadata={"description": "What of a coupon this party pays out of its share, minor units."})
    formula = Text(2000, metadata={"description": "How the amount came about, in the language asked for."})
    why = Text(2000)


class PaidOutOut(Shape):
    payout_id = Ref("payout", attribute="id")
    payout_run_id = Ref("payout run", attribute="run_id")
    state = Text(10)
    at = When()
    gross = Amount(attribute="gross_minor")
    tax_withheld = Amount(attribute="tax_minor")
    net = Amount(attribute="net_minor")


class StatementOut(Shape):
    payee_id = Ref("payee")
    payee_name = Text(80)
    from_ = When(data_key="from")
    to = When()
    currency = Currency()
    opening = Amount(signed=True, attribute="opening_minor")
    earned = Amount(signed=True)
    reversed = Amount(signed=True, metadata={"description": "Taken back by refunds and chargebacks, minor units."})
    fees = Amount(signed=True, metadata={"description": "Chargeback fees; the brand's own statement only, minor units."})
    requested = Amount(signed=True, metadata={"description": "Asked for by withdrawals, minor units."})
    paid = Amount(signed=True, metadata={"description": "Put into payouts, minor units."})
    written_off = Amount(signed=True)
    closing = Amount(signed=True, attribute="closing_minor", metadata={"description": "opening and all groups, minor units."})
    payouts = Listed(Nest(PaidOutOut), most=10_000)
    line_count = Whole()
    lines = Listed(Nest(StatementLineOut), most=200)
    next_cursor = Ref("line", allow_none=True)


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
    """Bank details are sealed; only the hint can be read again. Another principal than entered them has to set `verified`."""
    payee = found(Payee, id)
    if payee.party in ("brand", "platform", "clearing", "fulfilment"):
        raise Refused("house_payee", "这是内部账户，不能修改")
    change_payment(db(), brand_id=brand_id(), payee_id=payee.id, tax_kind=body.get("tax_kind"), status=body.get("status"))
    if "bank" in body:
        set_bank_details(db(), brand_id=brand_id(), payee_id=payee.id, **body["bank"])
    if body.get("verified") is False:
        doubt_bank_details(db(), brand_id=brand_id(), payee_id=payee.id)
    elif body.get("verified") and not payee.bank_verified_at:
        verify_bank_details(db(), brand_id=brand_id(), payee_id=payee.id, now=now())
    return shown(payee)


@v1.get("/payees/<id>/statement", out=StatementOut, query=Period, scope="money:read", summary="A payee's statement", tag="payees")
def get_statement(id: str, query: dict[str, Any]) -> dict[str, Any]:
    """opening + earned + reversed + fees + requested + paid + written_off = closing; the lines, page by page, add up to the groups.

    Of guides and units it is the available balance; of brand and platform all that is theirs of what shoppers paid. The period is
    half-open, at most 400 days.
    """
    if not 0 < (query["to"] - query["from_"]).total_seconds() <= 400 * 86_400:
        raise Refused("period_invalid", "时间段须在 1 到 400 天之间", field="to")
    payee = found(Payee, id)
    if payee.party not in STATED:
        raise NotFound("statement", id)
    told = statement(db(), brand_id=brand_id(), payee_id=payee.id, from_=query["from_"], to=query["to"])
    page = line_page(db(), account=told.account, from_=told.from_, to=told.to, opening_minor=told.opening_minor, limit=query["limit"],
                     after=query["cursor"])
    names = ("opening_minor", "closing_minor", "from_", "to", "payouts", "line_count")
    return {**{name: getattr(told, name) for name in names}, **told.groups, "payee_id": payee.id, "payee_name": payee.name,
            "lines": [_line(line) for line in page.lines], "next_cursor": page.after}


def _line(line: StatementLine) -> dict[str, Any]:
    return {**{name: getattr(line, name) for name in line.__slots__}, "formula": formula(line), "why": reason(line)}


def shown(payee: Payee) -> dict[str, Any]:
    return {**{name: getattr(payee, name) for name in PayeeOut().fields},
            "balances": balances(db(), brand_id=brand_id(), payee_id=payee.id)}
