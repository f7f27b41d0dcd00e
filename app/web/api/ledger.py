"""/ledger: balances, transactions with their entries, and the check that they add up (R34)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.domain.ledger.checking import check_ledger
from app.domain.ledger.models import LedgerEntry, LedgerTransaction
from app.domain.ledger.queries import accounts, entries_of
from app.kernel.errors import Refused
from app.web.shared.serving import brand_id, db

from .fields import Amount, Choice, Flag, Ref, Text, When
from .operations import Rows
from .rows import found, listed
from .shapes import Currency, Free, Listed, Nest, Paging, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "ledger"}
PHASES = ("expected", "received", "estimated", "pending", "held", "available", "requested", "in_payout", "paid", "withheld")
KINDS = ("placed", "paid", "fulfilled", "reattributed", "received", "released", "reversed", "chargeback", "chargeback_fee", "provider_fee",
         "cancelled", "withdrawal", "withdrawal_undo", "payout", "payout_done", "payout_undone", "payout_failed", "write_off", "reward",
         "late_payment", "late_refund", "transfer_back")


class AccountOut(Shape):
    payee_id = Ref("payee")
    payee_name = Text(80)
    party = Choice("brand", "platform", "clearing", "fulfilment", "guide", "org_unit")
    role = Text(18)
    phase = Choice(*PHASES)
    balance = Amount(signed=True, attribute="balance_minor", metadata={"description": "Minor units; negative is owed back."})
    currency = Currency()


class AccountQuery(Paging):
    payee_id = Ref("payee", load_default=None)
    role = Text(18, load_default=None)
    phase = Choice(*PHASES, load_default=None)


class EntryOut(Shape):
    id = Ref("entry")
    payee_id = Ref("payee")
    role = Text(18)
    phase = Choice(*PHASES)
    amount = Amount(signed=True, attribute="amount_minor")
    currency = Currency()
    order_line_id = Ref("order line", allow_none=True)


class TransactionOut(Shape):
    id = Ref("transaction")
    kind = Choice(*KINDS)
    cause = Text(120)
    order_id = Ref("order", allow_none=True)
    posted_at = When()
    note = Free(allow_none=True)
    entries = Listed(Nest(EntryOut), most=1_000_000)


class TransactionQuery(Paging):
    kind = Choice(*KINDS, load_default=None)
    order_id = Ref("order", load_default=None)
    payee_id = Ref("payee", load_default=None)


class ViolationOut(Shape):
    rule = Text(80)
    text = Text(2000)


class CheckOut(Shape):
    ok = Flag()
    violations = Listed(Nest(ViolationOut), most=1_000_000)


@v1.get("/ledger/accounts", listed=AccountOut, query=AccountQuery, scope="money:read", summary="Balances by payee, role and phase", **TAG)
def list_accounts(query: dict[str, Any]) -> Rows:
    """Every account that ever moved; they sum to zero over the brand."""
    found_accounts = [account for account in accounts(db(), brand_id=brand_id(), payee_id=query["payee_id"])
                      if query["role"] in (None, account.role) and query["phase"] in (None, account.phase)]
    start = _place(query["cursor"])
    end = start + query["limit"]
    return Rows(found_accounts[start:end], str(end) if end < len(found_accounts) else None)


def _place(cursor: str | None) -> int:
    if cursor and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
        raise Refused("cursor_invalid", "翻页标记无效", field="cursor")
    return int(cursor or 0)


@v1.get("/ledger/transactions", listed=TransactionOut, query=TransactionQuery, scope="money:read", summary="Transactions", **TAG)
def list_transactions(query: dict[str, Any]) -> Rows:
    """Newest first; the entries of each sum to zero."""
    statement = select(LedgerTransaction)
    if query["payee_id"]:
        statement = statement.where(LedgerTransaction.id.in_(select(LedgerEntry.transaction_id).where(LedgerEntry.payee_id == query["payee_id"])))
    page = listed(statement, LedgerTransaction, query, "kind", "order_id")
    return Rows(with_entries(page.items), page.next_cursor)


@v1.get("/ledger/transactions/<id>", out=TransactionOut, scope="money:read", summary="One transaction", **TAG)
def get_transaction(id: str) -> dict[str, Any]:
    return with_entries([found(LedgerTransaction, id)])[0]


@v1.get("/ledger/check", out=CheckOut, scope="money:read", summary="Does everything add up?", **TAG)
def check() -> dict[str, Any]:
    """R34: postings sum to zero, shares to their base, nothing is reversed or paid twice, stock is not negative."""
    violations = check_ledger(db(), brand_id=brand_id())
    return {"ok": not violations, "violations": violations}


def with_entries(transactions: Any) -> list[dict[str, Any]]:
    entries = entries_of(db(), brand_id=brand_id(), transaction_ids=[one.id for one in transactions])
    names = ("id", "kind", "cause", "order_id", "posted_at", "note")
    return [{**{name: getattr(one, name) for name in names}, "entries": [entry for entry, *_ in entries.get(one.id, [])]} for one in transactions]
