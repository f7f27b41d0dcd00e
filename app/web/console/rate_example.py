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
from app.domain.orders.baskets import Allocation, Basket, BasketLine, Quote
from app.domain.promotions.models import Activity, ActivityPrice
from app.flows.guard_margin import guard_margin, standing_overruns
from app.flows.quote_order import quote_order
from app.kernel.errors import Refused
from app.kernel.money import FULL_BP, exponent, half_up, share_of
from app.web.shared.application import now
from app.web.shared.errors import says
from app.web.shared.explaining import why
from app.web.shared.formats import option_text
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


def work_through(change: Callable[[], int | None], *, variant_id: UUID, guide_id: UUID | None, at: datetime | None) -> Example:
    """The example under `change` (writes the terms, tells the rule's number); everything is taken back. Refusals of the change pass through."""
    moment = max(at or now(), now())
    before = _guide_share(_quote(variant_id, guide_id, moment))
    return rehearse(lambda: _worked(change, variant_id, guide_id, moment, before))


def _worked(change: Callable[[], int | None], variant_id: UUID, guide_id: UUID | None, moment: datetime, before: int | None) -> Example:
    standing = standing_overruns(db(), brand_id=brand_id(), now=now())
    number = change()
    quote = _quote(variant_id, guide_id, moment)
    try:
        guard_margin(db(), brand_id=brand_id(), now=now(), standing=standing)
        problem = ""
    except Refused as refused:
        problem = says(refused)
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
    raw = _raw(base_minor, share.rate_bp, share) if share.rate_bp is not None else None
    return {"party": colour(share.role), "minor": share.amount_minor, "bp": share.rate_bp, "raw": raw, "label": word(ROLES, share.role)}


def _raw(base_minor: int, rate_bp: int, share: Allocation) -> str:
    """The figure before rounding, in major units, exactly (728.55 at 12% is 87.426); or why the rate alone does not decide."""
    if "cut_from_minor" in share.trace:
        return gettext("按可分上限截止")
    asked = share_of(base_minor, rate_bp)
    if abs(share.amount_minor - asked) > 1:
        return gettext("按下限") if share.amount_minor > asked else gettext("按上限")
    figure = Decimal(base_minor * rate_bp).scaleb(-4 - exponent(brand().currency)).normalize()
    return f"{figure:f}"


def _quote(variant_id: UUID, guide_id: UUID | None, moment: datetime) -> Quote:
    basket = Basket(lines=(BasketLine(variant_id, 1),), guide_id=guide_id)
    return quote_order(db(), brand_id=brand_id(), basket=basket, now=moment, check_stock=False)


def _guide_share(quote: Quote) -> int | None:
    return next((share.amount_minor for share in quote.lines[0].allocations if share.role == "guide"), None)


def example_moment(scope: dict[str, Any], at: datetime | None) -> datetime | None:
    """When the example is sold: an activity that is still to come has to begin first."""
    starts = db().scalar(select(Activity.starts_at).where(Activity.id == scope["activity_id"])) if scope.get("activity_id") else None
    return max(at or starts, starts) if starts else at


def example_variant(scope: dict[str, Any]) -> UUID | None:
    """A variant the scope covers, one at its plain price and without a rule of its own first; None when the catalogue has none."""
    statement: Select[UUID] = select(Variant.id).join(
        Product, (Product.id == Variant.product_id) & (Product.brand_id == Variant.brand_id)).where(
        Variant.brand_id == brand_id(), Variant.tombstoned_at.is_(None)).order_by(
        Variant.commissionable.desc(), _on_offer().asc(), _has_own_rule().asc(), Product.position, Variant.position, Variant.id)
    if scope.get("variant_id"):
        return UUID(str(scope["variant_id"]))
    if scope.get("product_id"):
        statement = statement.where(Variant.product_id == scope["product_id"])
    if scope.get("category"):
        below = scope["category"] + SEPARATOR
        statement = statement.where((Product.category == scope["category"]) | Product.category.startswith(below, autoescape=True))
    if scope.get("activity_id"):
        statement = statement.where(Variant.id.in_(select(ActivityPrice.variant_id).where(ActivityPrice.activity_id == scope["activity_id"])))
    return db().scalar(statement.limit(1))


def _on_offer() -> ColumnElement[bool]:
    """Sold at an activity's price now: an example of the activity's rates, not of others."""
    return exists().where(ActivityPrice.brand_id == brand_id(), ActivityPrice.variant_id == Variant.id, Activity.brand_id == brand_id(),
                          Activity.id == ActivityPrice.activity_id, Activity.starts_at <= now(), Activity.ends_at > now())


def _has_own_rule() -> ColumnElement[bool]:
    return exists().where(CommissionRule.brand_id == brand_id(), CommissionRule.superseded_at.is_(None),
                          or_(CommissionRule.variant_id == Variant.id, CommissionRule.product_id == Variant.product_id))
