"""/sale-holds: sales that look self-made wait for a decision; /sale-signals: what is looked at, and how strictly."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.domain.fraud.actions import set_signal
from app.domain.fraud.models import SaleHold
from app.domain.fraud.queries import signal_settings
from app.domain.fraud.rules import BY_NAME, MODES, STATES, Setting
from app.flows.hold_sales import clear_hold, hold_watched, uphold_hold
from app.web.shared.application import now
from app.web.shared.serving import brand_id, db

from .fields import Amount, Choice, Flag, Ref, Text, When, Whole
from .operations import Rows
from .rows import found, listed
from .shapes import Currency, Listed, Nest, Paging, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "orders"}
SETTINGS: dict[str, Any] = {"tag": "settings"}


class Evidence(Shape):
    signal = Choice(*BY_NAME)
    mode = Choice(*MODES, metadata={"description": "How the signal was set when it was seen."})
    weight = Whole(metadata={"description": "Watched signals that together weigh 100 hold too."})
    count = Whole()
    most = Whole(allow_none=True, metadata={"description": "How many were usual; null where once is enough."})
    guide = Text(40, metadata={"description": "Whose phone or browser it is."})
    same = Flag(metadata={"description": "That guide is the one who earns the order."})
    phone = Text(20, metadata={"description": "Masked."})
    orders = Listed(Text(24), metadata={"description": "Numbers of up to five orders it was seen on."})


class SaleHoldOut(Shape):
    id = Ref("sale-hold")
    order_id = Ref("order")
    guide_id = Ref("guide")
    store_id = Ref("store", allow_none=True)
    state = Choice(*STATES, metadata={"description": "`open` and `appealed` freeze the order; `watched` is kept and freezes nothing."})
    signals = Listed(Nest(Evidence))
    amount = Amount(attribute="amount_minor", metadata={"description": "Minor units; what guide and referrer are to get of the order."})
    currency = Currency()
    opened_at = When()
    appeal = Text(1000)
    appealed_at = When(allow_none=True)
    note = Text(300)
    decided_by = Text(80)
    decided_at = When(allow_none=True)


class SaleHoldQuery(Paging):
    state = Choice(*STATES, load_default=None)
    order_id = Ref("order", load_default=None)
    guide_id = Ref("guide", load_default=None)


class ClearAnswer(Shape):
    note = Text(300, load_default="", metadata={"description": "The guide reads it."})


class UpholdAnswer(Shape):
    note = Text(300, least=1, required=True, metadata={"description": "The guide reads it.", "examples": ["收货人是导购本人"]})


@v1.get("/sale-holds", listed=SaleHoldOut, query=SaleHoldQuery, scope="orders:read", summary="Held sales", **TAG)
def list_sale_holds(query: dict[str, Any]) -> Rows:
    return listed(select(SaleHold), SaleHold, query, "state", "order_id", "guide_id")


@v1.get("/sale-holds/<id>", out=SaleHoldOut, scope="orders:read", summary="One held sale", **TAG)
def get_sale_hold(id: str) -> SaleHold:
    return found(SaleHold, id)


@v1.post("/sale-holds/<id>/clear", body=ClearAnswer, out=SaleHoldOut, scope="orders:write", summary="Clear a held sale", **TAG)
def clear_sale_hold(id: str, body: dict[str, Any]) -> SaleHold:
    """The money goes its way with the next settlement, and the order is not held again."""
    clear_hold(db(), brand_id=brand_id(), hold_id=found(SaleHold, id).id, note=body["note"], now=now())
    return found(SaleHold, id, fresh=True)


@v1.post("/sale-holds/<id>/uphold", body=UpholdAnswer, out=SaleHoldOut, scope="orders:write", summary="Uphold a held sale", **TAG)
def uphold_sale_hold(id: str, body: dict[str, Any]) -> SaleHold:
    """Guide's and referrer's shares become the brand's, amounts stay. 409 `appeal_time` before she has answered or three days went by,
    `attribution_moved` if a dispute gave the order to another guide."""
    uphold_hold(db(), brand_id=brand_id(), hold_id=found(SaleHold, id).id, note=body["note"], now=now())
    return found(SaleHold, id, fresh=True)


@v1.post("/sale-holds/<id>/hold", out=SaleHoldOut, scope="orders:write", summary="Hold a watched sale", **TAG)
def hold_watched_sale(id: str) -> SaleHold:
    """A sale that was only watched is not released until somebody decides. 409 `already_released`, `order_closed`, `hold_state`."""
    hold_watched(db(), brand_id=brand_id(), hold_id=found(SaleHold, id).id, now=now())
    return found(SaleHold, id, fresh=True)


class SignalOut(Shape):
    signal = Choice(*BY_NAME)
    weight = Whole()
    mode = Choice(*MODES)
    most = Whole(allow_none=True, metadata={"description": "More than so many are a signal; null where once is enough."})


class SignalChange(Shape):
    signal = Choice(*BY_NAME, required=True)
    mode = Choice(*MODES, required=True)
    most = Whole(1, 1000, load_default=None, allow_none=True)


class SignalList(Shape):
    signals = Listed(Nest(SignalOut))


@v1.get("/sale-signals", out=SignalList, scope="settings:read", summary="Signals of self-made sales", **SETTINGS)
def get_sale_signals() -> dict[str, Any]:
    return {"signals": [_signal(name, setting) for name, setting in signal_settings(db(), brand_id=brand_id()).items()]}


@v1.patch("/sale-signals", body=SignalChange, out=SignalOut, scope="settings:write", summary="Change a signal", **SETTINGS)
def change_sale_signal(body: dict[str, Any]) -> dict[str, Any]:
    """For orders paid from now on; what is held stays held."""
    row = set_signal(db(), brand_id=brand_id(), signal=body["signal"], mode=body["mode"], most=body["most"])
    return _signal(row.signal, Setting(row.mode, row.most))


def _signal(name: str, setting: Setting) -> dict[str, Any]:
    return {"signal": name, "weight": BY_NAME[name].weight, "mode": setting.mode, "most": setting.most}
