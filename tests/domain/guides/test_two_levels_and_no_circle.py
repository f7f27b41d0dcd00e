"""R19: a guide has one direct referrer, set once and never below her; a line pays two levels; nobody is paid for enrolling."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from psycopg.errors import CheckViolation
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError

from app.config import Settings
from app.domain.brands.models import BrandSettings
from app.domain.commission.models import CommissionLine
from app.domain.guides.actions import set_referrer
from app.domain.guides.models import Guide
from app.domain.guides.queries import guide
from app.domain.ledger.models import LedgerEntry
from app.extensions import Database
from app.flows.change_terms import change_terms
from app.flows.enrol_guide import enrol_guide
from app.flows.import_roster import RosterResult, import_roster
from app.gateways.tables import read_table
from app.kernel.errors import Conflict, Refused
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.money import unguarded
from tests.builders.people import a_guide
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    """Lin was brought in by He."""
    return a_shop(session)


@pytest.fixture
def zhou(shop: Shop) -> Guide:
    found = a_guide(shop.session, shop.store, "周舟", now=NOON, phone="+8613900000003")
    shop.session.commit()
    return found


def refer(shop: Shop, who: Guide, by: Guide) -> Guide:
    return set_referrer(shop.session, brand_id=shop.brand_id, guide_id=who.id, referrer_id=by.id)


def test_a_referrer_is_set_once(shop: Shop, zhou: Guide) -> None:
    assert refer(shop, zhou, shop.lin).referrer_id == shop.lin.id
    assert refer(shop, zhou, shop.lin).referrer_id == shop.lin.id, "the same again is nothing new"
    with pytest.raises(Conflict) as said:
        refer(shop, zhou, shop.he)
    assert said.value.code == "referrer_set"


def test_nobody_stands_above_herself(shop: Shop, zhou: Guide) -> None:
    refer(shop, zhou, shop.lin)
    for below in (shop.he, shop.lin, zhou):
        with pytest.raises(Refused) as said:
            refer(shop, shop.he, below)
        assert (said.value.code, said.value.field) == ("referrer_circle", "referrer_id")


def test_the_database_refuses_a_circle_whoever_writes_it(shop: Shop, zhou: Guide) -> None:
    refer(shop, zhou, shop.lin)
    shop.session.commit()
    with pytest.raises(IntegrityError) as said:
        shop.session.execute(update(Guide).where(Guide.id == shop.he.id).values(referrer_id=zhou.id))
    assert isinstance(said.value.orig, CheckViolation) and said.value.orig.diag.constraint_name == "ck_guides_no_circle"


def test_without_the_trigger_there_is_a_circle(settings: Settings, shop: Shop) -> None:
    """The twin: He above Lin above He. Who walks up to pay would never arrive."""
    with unguarded(settings, shop.brand_id) as bare:
        bare.execute(text("UPDATE guides SET referrer_id = :lin WHERE brand_id = :brand AND id = :he"),
                     {"lin": shop.lin.id, "he": shop.he.id, "brand": shop.brand_id})
        above = dict(bare.execute(select(Guide.id, Guide.referrer_id)).all())
        assert above[above[shop.lin.id]] == shop.lin.id


def race(database: Database, shop: Shop, *works: Any) -> list[str]:
    gate = threading.Barrier(len(works))

    def go(work: Any) -> str:
        try:
            with database.transaction(shop.brand_id) as session:
                session.execute(text("SELECT 1"))
                gate.wait(10)
                work(session)
                return "done"
        except Refused as refused:
            return refused.code
        except IntegrityError as error:
            assert isinstance(error.orig, CheckViolation)
            return str(error.orig.diag.constraint_name)

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result(30) for future in [pool.submit(go, work) for work in works]]


def test_two_who_name_each_other_at_once_make_no_circle(shop: Shop, zhou: Guide, database: Database) -> None:
    """By the action, which waits its turn, and past it, where the trigger does."""
    ids = {"zhou": zhou.id, "he": shop.he.id}

    def by_action(who: str, by: str) -> Any:
        return lambda session: set_referrer(session, brand_id=shop.brand_id, guide_id=ids[who], referrer_id=ids[by])

    def past_it(who: str, by: str) -> Any:
        return lambda session: session.execute(update(Guide).where(Guide.id == ids[who]).values(referrer_id=ids[by]))

    for way, refusal in ((by_action, "referrer_circle"), (past_it, "ck_guides_no_circle")):
        for _ in range(4):
            assert sorted(race(database, shop, way("zhou", "he"), way("he", "zhou"))) == sorted(["done", refusal])
            shop.session.execute(update(Guide).where(Guide.id.in_(ids.values())).values(referrer_id=None))
            shop.session.commit()


def test_two_who_looked_before_either_wrote_make_one_without_the_lock(settings: Settings, shop: Shop, zhou: Guide) -> None:
    """The twin: each looks, sees nobody above the other, and writes."""
    with unguarded(settings, shop.brand_id) as bare:
        seen = [bare.scalar(select(Guide.referrer_id).where(Guide.id == one.id)) for one in (zhou, shop.he)]
        assert seen == [None, None]
        for who, by in ((zhou, shop.he), (shop.he, zhou)):
            bare.execute(text("UPDATE guides SET referrer_id = :by WHERE brand_id = :brand AND id = :who"), {"by": by.id, "who": who.id, "brand": shop.brand_id})
        above = dict(bare.execute(select(Guide.id, Guide.referrer_id)).all())
        assert above[above[zhou.id]] == zhou.id


def share(shop: Shop, line_id: Any, role: str, payee_id: Any) -> CommissionLine:
    return CommissionLine(brand_id=shop.brand_id, id=new_id(), order_line_id=line_id, role=role, payee_id=payee_id, amount_minor=0, trace={})


def two_level_line(shop: Shop) -> Any:
    shop.session.scalars(select(BrandSettings)).one().two_levels = True
    shop.session.flush()
    shop.order((shop.case, 1))
    line_id = shop.session.scalars(select(CommissionLine.order_line_id).where(CommissionLine.role == "referrer")).one()
    shop.session.commit()
    return line_id


def test_a_line_has_no_place_for_a_third(shop: Shop, zhou: Guide) -> None:
    line_id = two_level_line(shop)
    for role in ("guide", "referrer"):
        shop.session.add(share(shop, line_id, role, zhou.payee_id))
        with pytest.raises(IntegrityError, match="uq_commission_lines_two_levels"):
            shop.session.flush()
        shop.session.rollback()
    shop.session.add(share(shop, line_id, "upline", zhou.payee_id))
    with pytest.raises(IntegrityError, match="ck_commission_lines_role"):
        shop.session.flush()


def test_without_the_index_a_third_is_paid(settings: Settings, shop: Shop, zhou: Guide) -> None:
    """The twin: the payee differs, so unique (line, payee, role) alone lets her in."""
    line_id, payee_id = two_level_line(shop), zhou.payee_id
    shop.session.commit()
    with unguarded(settings, shop.brand_id) as bare:
        bare.execute(text("DROP INDEX uq_commission_lines_two_levels"))
        bare.add(share(shop, line_id, "referrer", payee_id))
        bare.flush()
        assert bare.scalar(select(func.count()).select_from(CommissionLine).where(CommissionLine.order_line_id == line_id,
                                                                               CommissionLine.role == "referrer")) == 2


def test_enrolling_somebody_pays_nothing(shop: Shop) -> None:
    enrol_guide(shop.session, brand_id=shop.brand_id, name="新人", phone="13900000009", store_id=shop.store.id, referrer_id=shop.lin.id, now=NOON)
    shop.session.commit()
    assert shop.session.scalar(select(func.count()).select_from(LedgerEntry)) == 0


def test_two_levels_are_off_until_somebody_has_read_the_law(shop: Shop) -> None:
    """Off, nobody but the seller is paid whatever the rule says of referrers."""
    assert shop.session.scalars(select(BrandSettings.two_levels)).one() is False
    shop.order((shop.case, 1))
    assert shop.session.scalar(select(func.count()).select_from(CommissionLine).where(CommissionLine.role == "referrer")) == 0
    with pytest.raises(Refused) as said:
        change_terms(shop.session, brand_id=shop.brand_id, two_levels=True, now=NOON)
    assert (said.value.code, said.value.field) == ("two_levels_unread", "two_levels_read")
    assert change_terms(shop.session, brand_id=shop.brand_id, two_levels=True, acknowledged=True, now=NOON).two_levels
    assert change_terms(shop.session, brand_id=shop.brand_id, two_levels=True, now=NOON).two_levels, "open already: nothing to read again"
    assert not change_terms(shop.session, brand_id=shop.brand_id, two_levels=False, now=NOON).two_levels


HEADER = "姓名,手机号,门店编码,推荐人手机号\n"


def take(shop: Shop, text_: str, **how: Any) -> RosterResult:
    return import_roster(shop.session, brand_id=shop.brand_id, rows=read_table((HEADER + text_).encode()), now=NOON, **how)


def test_a_roster_says_who_brought_whom_in_any_order(shop: Shop) -> None:
    rows = "甲,13700000001,SH01,13700000002\n乙,13700000002,SH01,13900000001\n"
    assert take(shop, rows).created == 2
    by_name = {one.name: one for one in shop.session.scalars(select(Guide))}
    assert (by_name["甲"].referrer_id, by_name["乙"].referrer_id) == (by_name["乙"].id, shop.lin.id)
    again = take(shop, rows)
    assert (again.unchanged, again.errors) == (2, ())
    he = take(shop, "何敏,13900000002,SH01,13700000001\n")
    assert [error.code for error in he.errors] == ["referrer_circle"], "He stands above Lin, above 乙, above 甲"


@pytest.mark.parametrize(("rows", "codes"), [
    ("甲,13700000001,SH01,13700000001\n", ["referrer_circle"]),
    ("甲,13700000001,SH01,13700000002\n乙,13700000002,SH01,13700000001\n", ["referrer_circle", "referrer_circle"]),
    ("甲,13700000001,SH01,13700000009\n", ["referrer_unknown"]),
    ("甲,13700000001,SH01,nobody\n", ["phone_invalid"]),
    ("林晓芸,13900000001,SH01,13900000003\n", ["referrer_set"]),
    ("甲,13700000001,SH01,13700000002\n乙,13700000002,NOWHERE,\n", ["referrer_unknown", "store_unknown"])])
def test_a_roster_makes_no_circle_and_tells_the_line(shop: Shop, zhou: Guide, rows: str, codes: list[str]) -> None:
    result = take(shop, rows)
    assert ([error.code for error in result.errors], result.applied) == (codes, False)
    take(shop, rows, skip_errors=True)
    assert guide(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id).referrer_id == shop.he.id
