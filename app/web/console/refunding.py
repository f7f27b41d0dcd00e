"""A refund is asked for, shown with what each party gives back, and then made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from app.domain.ledger.models import LedgerEntry, LedgerTransaction, Payee
from app.domain.orders.models import OrderLine, Refund
from app.domain.orders.queries import ROLE_ORDER, OrderDetail
from app.flows.refund_order import RefundAsk, refund_order
from app.kernel import money
from app.kernel.errors import Refused
from app.kernel.texts import clean
from app.web.shared.after_sale_asking import wrong_input
from app.web.shared.application import now
from app.web.shared.asking import whole
from app.web.shared.errors import says
from app.web.shared.names import payee_name
from app.web.shared.serving import actor, brand, brand_id, db

from . import order_words as words
from .blueprint import console
from .order_view import colour
from .orders import detail_of, pictures
from .rehearsal import all_or_nothing, rehearse


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a refund does: to the shopper, and (role, name, minor units) of what each party gives back."""

    amount_minor: int
    backs: list[tuple[str, str, int]]

    @property
    def parts(self) -> list[dict[str, Any]]:
        """What is taken, as a bar: every party in its colour, shipping with the brand."""
        return [{"party": colour(role) if role in ROLE_ORDER else "brand", "minor": -amount, "raw": name, "label": words.word(words.LEDGER_ROLES, role)}
                for role, name, amount in self.backs if amount < 0]

    @property
    def returned(self) -> list[tuple[str, int]]:
        """Why what is taken is more than the shopper gets: who funded coupons gets that part back. Empty when nobody did."""
        given = [(words.word(words.LEDGER_ROLES, role), -amount) for role, _, amount in self.backs if amount > 0]
        taken = sum(part["minor"] for part in self.parts)
        return [(gettext("各方一共扣回"), taken), *given, (gettext("退给顾客"), self.amount_minor)] if given else []


@console.route("/orders/<order_id>/refund", methods=["GET", "POST"])
def refund(order_id: str) -> ResponseReturnValue:
    """GET the form; POST shows what would happen; POST with sure=1 does it."""
    actor().require("orders:refund")
    detail = detail_of(order_id)
    if request.method == "GET":
        return _page(detail)
    try:
        if not request.form.get("sure"):
            return _page(detail, outcome=rehearse(lambda: outcome_of(_refund(detail))))
        with all_or_nothing():
            made = _refund(detail)
    except Refused as refused:
        return _page(detail, problem=says(refused), wrong=wrong_input(refused, request.form, [one.line for one in detail.lines])), 422
    flash(gettext("退款已提交，到账后会更新；各方的佣金已按比例扣回。") if made.state == "pending" else gettext("已退款，各方的佣金按比例扣回。"), "success")
    return redirect(url_for("console.order", order_id=detail.order.id), 303)


def _refund(detail: OrderDetail) -> Refund:
    currency = brand().currency
    shipping = request.form.get("shipping", "").strip()
    return refund_order(
        db(), brand_id=brand_id(), order_id=detail.order.id, lines=[ask for line in detail.lines if (ask := _ask(line.line, currency))],
        shipping_minor=money.parse(shipping, currency, field="shipping") if shipping else 0, reason=clean(request.form.get("reason"))[:200], now=now())


def _ask(line: OrderLine, currency: str) -> RefundAsk | None:
    """What is asked of a line: pieces, an amount, or both; None for neither."""
    pieces, amount = (request.form.get(f"{name}-{line.id}", "").strip() for name in ("quantity", "amount"))
    quantity = whole(pieces, field=f"quantity-{line.id}") if pieces else 0
    if not quantity and not amount:
        return None
    return RefundAsk(line.id, quantity or None, money.parse(amount, currency, field=f"amount-{line.id}") if amount else None)


def outcome_of(made: Refund) -> Outcome:
    """What a refund has taken from each party, by the entries it posted."""
    rows = db().execute(
        select(LedgerEntry.role, Payee.party, Payee.name, LedgerEntry.amount_minor)
        .join(LedgerTransaction, (LedgerTransaction.id == LedgerEntry.transaction_id) & (LedgerTransaction.brand_id == LedgerEntry.brand_id))
        .join(Payee, (Payee.id == LedgerEntry.payee_id) & (Payee.brand_id == LedgerEntry.brand_id))
        .where(LedgerEntry.brand_id == brand_id(), LedgerTransaction.cause == f"refund:{made.id}", LedgerEntry.role != "clearing"))
    backs: dict[tuple[str, str], int] = {}
    for role, party, name, amount in rows:
        back = role, payee_name(party, name)
        backs[back] = backs.get(back, 0) + amount
    return Outcome(made.amount_minor, sorted(((role, name, amount) for (role, name), amount in backs.items() if amount), key=_place))


def _place(back: tuple[str, str, int]) -> tuple[int, str]:
    """As shares are always read: by role, the house's own last."""
    return (ROLE_ORDER.index(back[0]) if back[0] in ROLE_ORDER else len(ROLE_ORDER), back[0])


def _page(detail: OrderDetail, *, outcome: Outcome | None = None, problem: str = "", wrong: str = "") -> str:
    return render_template("console/refund.html", order=detail.order, detail=detail, outcome=outcome, problem=problem, wrong=wrong, form=request.form,
                           words=words, pictures=pictures([line.line.product_id for line in detail.lines]))
