"""What a payee was overpaid and will not earn back is forgiven by two people, never more than is owed; the brand bears it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.config import Settings
from app.domain.brands.models import BrandSettings
from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.domain.settlement.debts import debts_of
from app.domain.settlement.models import WriteOff
from app.flows.refund_order import RefundAsk
from app.flows.write_off import approve_write_off, reject_write_off, request_write_off
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.after_sales import house, paid_out, refund, settled
from tests.builders.money import HOLD_OVER, due_to, lines_of, received_order, unguarded, whole
from tests.builders.shops import Shop, a_shop

LATER = HOLD_OVER + timedelta(days=2)


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    """Lin was paid 35.88 for a case that came back whole: she owes it, and the store owes its 14.95."""
    shop = a_shop(session)
    session.scalars(select(BrandSettings)).one().payout_minimum_minor = 0
    session.commit()
    placed = received_order(shop, (shop.case, 1))
    settled(shop)
    paid_out(shop)
    refund(shop, placed, RefundAsk(lines_of(shop, placed)[0].id, quantity=1), now=HOLD_OVER + timedelta(days=1))
    assert due_to(shop, shop.lin.payee_id) == {"paid": 3588, "available": -3588}
    return shop


def asked(shop: Shop, amount_minor: int = 3588, who: str = "one", payee_id: object = None) -> WriteOff:
    act_as(shop.session, command(who))
    row = request_write_off(shop.session, brand_id=shop.brand_id, payee_id=payee_id or shop.lin.payee_id,  # type: ignore[arg-type]
                            amount_minor=amount_minor, reason="已离职，无法追回", now=LATER)
    shop.session.commit()
    return row


def decide(shop: Shop, row: WriteOff, who: str = "two", yes: bool = True) -> None:
    act_as(shop.session, command(who))
    (approve_write_off if yes else reject_write_off)(shop.session, brand_id=shop.brand_id, write_off_id=row.id, now=LATER)
    shop.session.commit()
    whole(shop)


def test_the_whole_debt_is_gone_and_the_brand_bears_it(shop: Shop) -> None:
    before = house(shop, "brand").get("available", 0)
    row = asked(shop)
    assert due_to(shop, shop.lin.payee_id)["available"] == -3588, "asking changes nothing"
    decide(shop, row)
    assert due_to(shop, shop.lin.payee_id) == {"paid": 3588}
    assert house(shop, "brand").get("available", 0) == before - 3588
    assert (row.state, row.number, row.requested_by, row.decided_by) == ("approved", 1, "one", "two")
    [debt] = debts_of(shop.session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id)
    assert ([(part.kind, part.amount_minor) for part in debt.covered], debt.left_minor) == ([("write_off", 3588)], 0)


def test_part_of_it_leaves_the_rest_owed(shop: Shop) -> None:
    decide(shop, asked(shop, 1))
    assert due_to(shop, shop.lin.payee_id)["available"] == -3587
    decide(shop, asked(shop, 3587))
    assert due_to(shop, shop.lin.payee_id) == {"paid": 3588}


def test_rejected_leaves_everything(shop: Shop) -> None:
    row = asked(shop)
    decide(shop, row, yes=False)
    assert (row.state, due_to(shop, shop.lin.payee_id)["available"]) == ("rejected", -3588)
    assert asked(shop).number == 2


@pytest.mark.parametrize(("amount", "code"), [(0, "more_than_owed"), (-1, "more_than_owed"), (3589, "more_than_owed"), (10**15, "more_than_owed")])
def test_never_more_than_is_owed(shop: Shop, amount: int, code: str) -> None:
    with pytest.raises(Refused) as no:
        asked(shop, amount)
    assert no.value.code == code


def test_who_owes_nothing_is_forgiven_nothing(shop: Shop) -> None:
    with pytest.raises(Refused) as no:
        asked(shop, 1, payee_id=shop.he.payee_id)
    assert no.value.code == "nothing_owed"
    for stranger in (new_id(), shop.session.execute(text("SELECT id FROM payees WHERE party = 'brand'")).scalar()):
        with pytest.raises(NotFound):
            asked(shop, 1, payee_id=stranger)
        shop.session.rollback()


def test_what_was_earned_meanwhile_is_not_forgiven_too(shop: Shop) -> None:
    """Asked for 35.88; a sale settles 4.79 before the second person says yes: only 31.09 is owed then."""
    row = asked(shop)
    received_order(shop, (shop.cover, 1))
    settled(shop)
    with pytest.raises(Refused) as no:
        decide(shop, row)
    assert (no.value.code, no.value.data["left_minor"]) == ("more_than_owed", 3109)
    shop.session.rollback()
    assert due_to(shop, shop.lin.payee_id)["available"] == -3109


def test_one_open_request_a_payee_and_each_is_answered_once(shop: Shop) -> None:
    row = asked(shop)
    with pytest.raises(Conflict) as no:
        asked(shop, 1, who="three")
    assert no.value.code == "write_off_open"
    shop.session.rollback()
    decide(shop, row)
    for yes in (True, False):
        with pytest.raises(Conflict):
            decide(shop, row, yes=yes)
        shop.session.rollback()


@pytest.mark.parametrize("yes", [True, False])
def test_nobody_decides_on_his_own_request(shop: Shop, yes: bool) -> None:
    row = asked(shop, who="one")
    with pytest.raises(Refused) as no:
        decide(shop, row, who="one", yes=yes)
    assert no.value.code == "second_person"


ALONE = text("UPDATE write_offs SET state = 'approved', decided_by_id = requested_by_id")


def test_the_database_asks_for_a_second_person_and_without_it_one_is_enough(shop: Shop, settings: Settings) -> None:
    asked(shop)
    with pytest.raises(IntegrityError, match="ck_write_offs_second_person"):
        shop.session.execute(ALONE)
    shop.session.rollback()
    with unguarded(settings, shop.brand_id) as loose:
        loose.execute(text("ALTER TABLE write_offs DROP CONSTRAINT ck_write_offs_second_person"))
        loose.execute(ALONE)
        assert loose.scalars(select(WriteOff.state)).one() == "approved", "the twin: one hand forgives itself"


TWICE = text("""INSERT INTO write_offs (brand_id, id, number, payee_id, amount_minor, reason, state, requested_by_id, requested_by, requested_at)
SELECT brand_id, gen_random_uuid(), number + 1, payee_id, amount_minor, reason, 'requested', 'command:x', 'x', requested_at FROM write_offs WHERE brand_id = :brand""")


def test_two_open_requests_of_one_debt_are_refused_by_the_database(shop: Shop, settings: Settings) -> None:
    asked(shop)
    with pytest.raises(IntegrityError, match="uq_write_offs_one_open"):
        shop.session.execute(TWICE, {"brand": shop.brand_id})
    shop.session.rollback()
    with unguarded(settings, shop.brand_id) as loose:
        loose.execute(text("DROP INDEX uq_write_offs_one_open"))
        loose.execute(TWICE, {"brand": shop.brand_id})
        assert sum(loose.scalars(select(WriteOff.amount_minor))) == 2 * 3588, "the twin: twice what is owed is asked for"


def test_a_reason_is_needed(shop: Shop) -> None:
    with pytest.raises(Refused) as no:
        request_write_off(shop.session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id, amount_minor=1, reason=" ", now=LATER)
    assert no.value.field == "reason"
