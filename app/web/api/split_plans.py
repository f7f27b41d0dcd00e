"""/split-plans: what store, dealer, mall and region take of a sale, per store or inherited down the tree (R22)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_, select

from app.domain.brands.models import BrandSettings
from app.domain.splits.actions import add_plan
from app.domain.splits.models import SplitPlan
from app.domain.splits.rules import Claim, divide
from app.flows.end_terms import end_plan
from app.flows.guard_margin import SAMPLE_MINOR, guarded
from app.flows.rehearse_terms import rehearse_terms
from app.kernel.errors import Refused
from app.web.shared.application import now
from app.web.shared.serving import brand_id, db

from .fields import Amount, Choice, Flag, Rate, Ref, Switch, Text, When, Whole
from .operations import Rows
from .org_units import store_of
from .rehearsals import PERIODS, OverrunOut, PastOrders, asked_period, past_orders
from .rows import found, listed
from .shapes import Currency, Listed, Nest, Paging, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "rates"}
ROLES = ("store", "dealer", "mall", "region", "fulfilling_store")


class PlanScope(Shape):
    """{} is the whole brand."""

    store_id = Ref("store", allow_none=True)
    org_unit_id = Ref("org unit", allow_none=True)


class SplitShareOut(Shape):
    role = Choice(*ROLES, required=True)
    rate_bp = Rate(required=True)
    min = Amount(load_default=None, allow_none=True, attribute="min_minor")
    max = Amount(load_default=None, allow_none=True, attribute="max_minor")
    payee_id = Ref("payee", load_default=None, allow_none=True, metadata={
        "description": "The order's unit that has the role, if not given; for fulfilling_store the store that ships."})


class NewPlan(Shape):
    scope = Nest(PlanScope, load_default=dict)
    shares = Listed(Nest(SplitShareOut), least=1, most=20, required=True)
    effective_from = When(load_default=None, allow_none=True)
    effective_to = When(load_default=None, allow_none=True)


class SimulationAsk(NewPlan):
    base = Amount(1, load_default=SAMPLE_MINOR, metadata={"description": "Minor units to try it on."})
    period = Choice(*PERIODS, load_default="month", metadata={"description": "Past orders to try it on: the last calendar month, or so many days up to now."})


class PlanOut(Shape):
    id = Ref("split plan")
    number = Whole()
    scope = Nest(PlanScope)
    shares = Listed(Nest(SplitShareOut))
    currency = Currency()
    effective_from = When()
    effective_to = When(allow_none=True)
    created_at = When()


class PlanQuery(Paging):
    current = Switch(load_default=None)
    org_unit_id = Ref("org unit", load_default=None)


class SharedOut(Shape):
    role = Text(18)
    rate_bp = Rate(allow_none=True)
    amount = Amount()


class SimulationOut(Shape):
    fits = Flag(metadata={"description": "Whether it could be saved."})
    base = Amount()
    currency = Currency()
    shares = Listed(Nest(SharedOut), metadata={"description": "The plan's own shares of `base`; the brand and commissions take from the rest."})
    overruns = Listed(Nest(OverrunOut))
    past_orders = Nest(PastOrders)


class EndPlan(Shape):
    at = When(load_default=None, allow_none=True)


def shown(plan: SplitPlan) -> dict[str, Any]:
    names = ("id", "number", "shares", "effective_from", "effective_to", "created_at")
    return {**{name: getattr(plan, name) for name in names}, "scope": {"org_unit_id": plan.org_unit_id} if plan.org_unit_id else {}}


def _add(body: dict[str, Any]) -> SplitPlan:
    shares = [{**share, "min": share["min_minor"], "max": share["max_minor"]} for share in body["shares"]]
    return add_plan(db(), brand_id=brand_id(), org_unit_id=_unit(body["scope"]), shares=shares, effective_from=body["effective_from"],
                    effective_to=body["effective_to"], now=now())


def _unit(scope: dict[str, Any]) -> Any:
    store, unit = scope.get("store_id"), scope.get("org_unit_id")
    if store and unit:
        raise Refused("one_of", "store_id 和 org_unit_id 只填一个", field="scope.org_unit_id")
    return store_of(store).id if store else unit


@v1.get("/split-plans", listed=PlanOut, query=PlanQuery, scope="rates:read", summary="Split plans", **TAG)
def list_split_plans(query: dict[str, Any]) -> Rows:
    statement = select(SplitPlan)
    if query["current"]:
        statement = statement.where(or_(SplitPlan.effective_to.is_(None), SplitPlan.effective_to > now()))
    if query["org_unit_id"]:
        statement = statement.where(SplitPlan.org_unit_id == query["org_unit_id"])
    page = listed(statement, SplitPlan, query)
    return Rows([shown(plan) for plan in page.items], page.next_cursor)


@v1.post("/split-plans", body=NewPlan, out=PlanOut, status=201, scope="rates:write", summary="Save a split plan", **TAG)
def save_split_plan(body: dict[str, Any]) -> dict[str, Any]:
    """The nearest plan up the tree holds. Refused if platform, commissions and shares could exceed the base less the brand's margin."""
    with guarded(db(), brand_id=brand_id(), now=now(), field="shares"):
        plan = _add(body)
    return shown(found(SplitPlan, plan.id, fresh=True))


@v1.post("/split-plans/simulate", body=SimulationAsk, out=SimulationOut, scope="rates:read", summary="Try a split plan", **TAG)
def simulate_split_plan(body: dict[str, Any]) -> dict[str, Any]:
    """What it would give on `base`, the first hundred orders it could not serve, and what past orders would have paid. Nothing is saved."""
    guard_bp = db().scalars(select(BrandSettings.guard_bp)).one()
    since, until = asked_period(body["period"])
    past = rehearse_terms(db(), brand_id=brand_id(), change=lambda: _add(body), since=since, until=until, at=body["effective_from"], now=now())
    claims = [Claim(share["role"], share["rate_bp"], None, share["min_minor"], share["max_minor"]) for share in body["shares"]]
    amounts, _ = divide(body["base"], claims, guard_bp=guard_bp)
    shares = [{"role": claim.role, "rate_bp": claim.rate_bp, "amount": amount} for claim, amount in zip(claims, amounts, strict=True)]
    return {"fits": not past.overruns, "base": body["base"], "shares": shares, "overruns": past.overruns, "past_orders": past_orders(past)}


@v1.get("/split-plans/<id>", out=PlanOut, scope="rates:read", summary="One split plan", **TAG)
def get_split_plan(id: str) -> dict[str, Any]:
    return shown(found(SplitPlan, id))


@v1.post("/split-plans/<id>/end", body=EndPlan, out=PlanOut, scope="rates:write", summary="End a split plan", **TAG)
def end_split_plan(id: str, body: dict[str, Any]) -> dict[str, Any]:
    """What is inherited applies again; orders already placed keep what was frozen on them. Refused where it would exceed."""
    plan = end_plan(db(), brand_id=brand_id(), plan_id=found(SplitPlan, id).id, at=body["at"], now=now())
    return shown(found(SplitPlan, plan.id, fresh=True))
