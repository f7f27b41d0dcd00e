"""One sale worked through under the terms being typed: each party's share to the fen, by the real quote (R2, R23)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import ColumnElement, Select, exists, or_, select

from app.domain.brands.models import BrandSettings
from app.domain.catalog.models import Product, Variant
from app.domain.commission.models import CommissionRule
from app.domain.commission.rules import SEPARATOR
from app.domain.guides.models import Guide
from app.domain.orders.baskets import Allocation, Basket, BasketLine, Quote
from app.flows.guard_margin import guard_margin
from app.flows.quote_order import quote_order
from app.kernel.errors import Refused
from app.kernel.money import FULL_BP, exponent, half_up
from app.web.shared.application import now
from app.web.shared.errors import says
from app.web.shared.explaining import why
from app.web.shared.formats import money, option_text
from app.web.shared.serving import brand, brand_id, db

from .order_view import colour
from .order_words import ROLES, word
from .rehearsal import rehearse


@dataclass(frozen=True, slots=True)
class Example:
    """What the worked example shows; amounts in minor units, `problem` is the refusal saving would meet, `missed` that another rule won."""

    title: str
    variant: str
    seller: str
    price_minor: int
    base_minor: int
    parts: Sequence[dict[str, Any]]
    total_bp: int
    limit_bp: int
    rung: str
    because: str
    problem: str
    guide_minor: int
    before_minor: int | None
    missed: bool


def exceeding(refused: Refused) -> str:
    """A refusal with its amounts as money, not as fen."""
    if refused.code != "exceeds_base":
        return says(refused)
    amounts = {name: money(refused.data[f"{name}_minor"]) for name in ("base", "asked", "over")}
    return gettext("超出可分金额：%(store)s 卖 %(base)s 的商品时，各方合计要 %(asked)s，多出 %(over)s。", store=refused.data["store"], **amounts)


def work_through(change: Callable[[], int | None], *, variant_id: UUID, guide_id: UUID | None, at: datetime | None) -> Example:
    """The example under `change` (writes the terms, tells the rule's number); everything is taken back. Refusals of the change pass through."""
    moment = max(at or now(), now())
    before = _guide_share(_quote(variant_id, guide_id, moment))
    return rehearse(lambda: _worked(change, variant_id, guide_id, moment, before))


def _worked(change: Callable[[], int | None], variant_id: UUID, guide_id: UUID | None, moment: datetime, before: int | None) -> Example:
    number = change()
    quote = _quote(variant_id, guide_id, moment)
    try:
        guard_margin(db(), brand_id=brand_id(), now=now())
        problem = ""
    except Refused as refused:
        problem = exceeding(refused)
    line, guard_bp = quote.lines[0], db().scalars(select(BrandSettings.guard_bp).where(BrandSettings.brand_id == brand_id())).one()
    shares = sorted(line.allocations, key=lambda share: list(ROLES).index(share.role))
    named = sum(share.amount_minor for share in shares if share.role != "brand")
    guide = next((share for share in shares if share.role == "guide"), None)
    name = next((share.payee_name for share in shares if share.role == "guide"), "")
    return Example(
        line.title, option_text(line.options) or line.sku, name, line.unit_price_minor, line.base_minor, [_part(share, line.base_minor) for share in shares],
        half_up(named * FULL_BP, line.base_minor) if line.base_minor else 0, FULL_BP - guard_bp, guide.trace.get("rung", "none") if guide else "none",
        why(guide.trace) if guide else "", problem, guide.amount_minor if guide else 0, before,
        number is not None and (guide is None or guide.trace.get("rule") != number))


def _part(share: Allocation, base_minor: int) -> dict[str, Any]:
    raw = _raw(base_minor, share.rate_bp) if share.rate_bp is not None else None
    return {"party": colour(share.role), "minor": share.amount_minor, "bp": share.rate_bp, "raw": raw, "label": word(ROLES, share.role)}


def _raw(base_minor: int, rate_bp: int) -> str:
    """The figure before rounding, in major units, exactly: 728.55 at 12% is 87.426."""
    figure = Decimal(base_minor * rate_bp).scaleb(-4 - exponent(brand().currency)).normalize()
    return f"{figure:f}"


def _quote(variant_id: UUID, guide_id: UUID | None, moment: datetime) -> Quote:
    basket = Basket(lines=(BasketLine(variant_id, 1),), guide_id=guide_id)
    return quote_order(db(), brand_id=brand_id(), basket=basket, now=moment, check_stock=False)


def _guide_share(quote: Quote) -> int | None:
    return next((share.amount_minor for share in quote.lines[0].allocations if share.role == "guide"), None)


def example_variant(scope: dict[str, Any]) -> UUID | None:
    """A variant the scope covers, one without a rule of its own first; None when the catalogue has none."""
    statement: Select[UUID] = select(Variant.id).join(
        Product, (Product.id == Variant.product_id) & (Product.brand_id == Variant.brand_id)).where(
        Variant.brand_id == brand_id(), Variant.tombstoned_at.is_(None)).order_by(
        Variant.commissionable.desc(), _has_own_rule().asc(), Product.position, Variant.position, Variant.id)
    if scope.get("variant_id"):
        return UUID(str(scope["variant_id"]))
    if scope.get("product_id"):
        statement = statement.where(Variant.product_id == scope["product_id"])
    if scope.get("category"):
        below = scope["category"] + SEPARATOR
        statement = statement.where((Product.category == scope["category"]) | Product.category.startswith(below, autoescape=True))
    return db().scalar(statement.limit(1))


def _has_own_rule() -> ColumnElement[bool]:
    return exists().where(CommissionRule.brand_id == brand_id(), CommissionRule.superseded_at.is_(None),
                          or_(CommissionRule.variant_id == Variant.id, CommissionRule.product_id == Variant.product_id))


def example_guide(scope: dict[str, Any]) -> UUID | None:
    """A guide the scope covers, one with a referrer first."""
    statement = select(Guide.id).where(Guide.brand_id == brand_id(), Guide.status == "active").order_by(Guide.referrer_id.is_(None), Guide.id)
    for column, name in ((Guide.id, "guide_id"), (Guide.level, "guide_level"), (Guide.store_id, "store_id")):
        if scope.get(name):
            statement = statement.where(column == scope[name])
    return db().scalar(statement.limit(1))
