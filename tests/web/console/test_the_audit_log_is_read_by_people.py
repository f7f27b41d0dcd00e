"""操作记录 says what changed in the words and units of people: no column names, no fen, no ids of what has a name."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import inspect

from app.domain.commission.actions import add_rule
from app.domain.models import Base
from app.domain.people.audit import NOISE, note
from app.domain.promotions.actions import add_coupon
from app.flows.sync_flagship.journal import NO_COUNTS
from app.kernel.ids import new_id
from app.web.console.audit_words import ACTIONS, FIELDS, KINDS
from tests.builders.shops import Shop
from tests.conftest import NOON

AUDITED = sorted((mapper for mapper in Base.registry.mappers if getattr(mapper.class_, "__audited__", False)), key=lambda mapper: mapper.class_.__tablename__)


@pytest.mark.parametrize("mapper", AUDITED, ids=lambda mapper: mapper.class_.__tablename__)
def test_whatever_is_audited_has_words(mapper: object) -> None:
    table = inspect(mapper).class_.__tablename__  # type: ignore[attr-defined]
    assert table in KINDS
    assert {column.key for column in inspect(mapper).column_attrs} - FIELDS.keys() - {*NOISE, "id", "brand_id"} == set()  # type: ignore[attr-defined]


def test_what_a_sync_run_does_and_counts_has_words() -> None:
    assert {"sync_queued", "sync_apply_asked", "sync_resumed", "sync_applied", "sync_cancelled", "sync_undone"} <= ACTIONS.keys()
    assert NO_COUNTS.keys() <= FIELDS.keys()


def test_money_rates_moments_and_ids_read_as_such(owner: FlaskClient, shop: Shop) -> None:
    add_rule(shop.session, brand_id=shop.brand_id, scope={"store_id": str(shop.store.id)}, rate_bp=1250, min_minor=500, now=NOON)
    add_coupon(shop.session, brand_id=shop.brand_id, code="NOV30", funder="guide", guide_id=shop.lin.id, amount_minor=3000, starts_at=NOON,
               ends_at=NOON.replace(year=2027), max_uses=5)
    unknown = new_id()
    note(shop.session, action="update", subject_kind="orders", subject_id=new_id(), before={"sends_back": False, "state": "pending_payment", "guide_id": str(unknown)},
         after={"sends_back": True, "state": "paid", "guide_id": str(shop.he.id)})
    shop.session.commit()
    page = owner.get("/console/audit").get_data(as_text=True)
    for shown in ("12.5%", "¥5.00", "静安嘉里店", "¥30.00", "林晓芸", "2026-11-22 12:00", "导购出资", "待付款", "已付款", ">是</td>", str(unknown)):
        assert shown in page, shown
    for raw in ("min_minor", "（分）", "万分之", str(shop.store.id), "+00:00"):
        assert raw not in page, raw
