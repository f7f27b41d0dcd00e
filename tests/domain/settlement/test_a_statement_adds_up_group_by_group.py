"""R31: opening, earned, taken back, asked for, paid and written off make the closing; every kind of posting has its group."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from app.domain.ledger.queries import balances, house_payees
from app.domain.settlement.statement_lines import StatementLine, line_page, statement_lines
from app.domain.settlement.statements import OWN, Statement, account_of, statement
from app.kernel.errors import NotFound
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.money import whole
from tests.builders.periods import PAID, TAKEN, Month, a_month
from tests.builders.sales import an_r23_shop
from tests.conftest import NOON

END = NOON + timedelta(days=60)


@pytest.fixture
def month(session: BrandSession) -> Month:
    month = a_month(an_r23_shop(session))
    whole(month.shop)
    return month


def told(month: Month, payee_id: UUID, from_: object = NOON, to: object = END) -> Statement:
    return statement(month.shop.session, brand_id=month.shop.brand_id, payee_id=payee_id, from_=from_, to=to)  # type: ignore[arg-type]


def lines(month: Month, part: Statement) -> list[StatementLine]:
    return list(statement_lines(month.shop.session, account=part.account, from_=part.from_, to=part.to))


def test_a_guides_month_by_hand(month: Month) -> None:
    part = told(month, month.shop.lin.payee_id)
    # released 33.31 − 12.65, 8.90, 35.88, 35.88 and at last 71.76; 35.88 back by refund, 35.88 by chargeback
    assert part.groups == {"earned": 2066 + 890 + 3588 + 3588 + 7176, "reversed": -3588 - 3588, "fees": 0, "requested": -500,
                           "paid": -(2066 + 890 + 3588 + 3588), "written_off": 3588}
    assert (part.opening_minor, part.closing_minor) == (0, 7176 - 3588 - 500)
    assert part.closing_minor == balances(month.shop.session, brand_id=month.shop.brand_id, payee_id=month.shop.lin.payee_id)["available"]
    assert part.standing["requested"] == 500 and part.standing["paid"] == 10132
    assert [(one.gross_minor, one.tax_minor, one.net_minor, one.state) for one in part.payouts] == [(10132, 0, 10132, "paid")]


def test_two_halves_make_the_whole(month: Month) -> None:
    for payee_id in (month.shop.lin.payee_id, month.shop.store.payee_id, *house(month).values()):
        whole_, first, second = told(month, payee_id), told(month, payee_id, to=PAID), told(month, payee_id, from_=PAID)
        assert (first.opening_minor, first.closing_minor, second.closing_minor) == (0, second.opening_minor, whole_.closing_minor)
        for part in (whole_, first, second):
            assert sum(line.amount_minor for line in lines(month, part)) == part.closing_minor - part.opening_minor
            assert len(lines(month, part)) == part.line_count


def test_brand_and_platform_have_what_shoppers_paid_for(month: Month) -> None:
    for payee_id in house(month).values():
        found = balances(month.shop.session, brand_id=month.shop.brand_id, payee_id=payee_id)
        assert told(month, payee_id).closing_minor == sum(found[phase] for phase in OWN)
    brand = told(month, house(month)["brand"])
    assert brand.groups["fees"] == -1500 and brand.groups["written_off"] == -3588


def test_pages_follow_each_other_both_ways_and_carry_the_balance(month: Month) -> None:
    part = told(month, month.shop.lin.payee_id)
    known = [line.id for line in lines(month, part)]
    asked = {"account": part.account, "from_": part.from_, "to": part.to, "opening_minor": part.opening_minor, "limit": 3}
    page = line_page(month.shop.session, **asked)
    seen, pages = [line.id for line in page.lines], [page]
    assert (page.first, page.brought_minor, page.before) == (1, 0, None)
    while page.after:
        page = line_page(month.shop.session, **asked, after=page.after)
        assert (page.first, page.brought_minor) == (len(seen) + 1, pages[-1].carried_minor)
        seen += [line.id for line in page.lines]
        pages.append(page)
    assert seen == known and len(pages) == 4 and page.carried_minor == part.closing_minor
    for earlier in reversed(pages[:-1]):
        page = line_page(month.shop.session, **asked, before=page.before)
        assert page == earlier
    assert line_page(month.shop.session, **asked, after=new_id()) == pages[0], "a place that is nowhere is the beginning"


def test_a_line_says_what_it_is_made_of(month: Month) -> None:
    released, *_ = [line for line in lines(month, told(month, month.shop.lin.payee_id)) if line.kind == "released"]
    assert (released.list_price_minor, released.quantity, released.brand_discount_minor, released.platform_discount_minor) == (29900, 1, 2142, 1428)
    assert (released.base_minor, released.rate_bp, released.share_minor, released.amount_minor) == (27758, 1200, 3331, 3331 - 1265)
    [back] = [line for line in lines(month, told(month, month.shop.lin.payee_id, from_=TAKEN)) if line.kind == "reversed"]
    assert (back.share_minor, back.refunded_minor, back.paid_minor, back.reversed_before_minor, back.amount_minor) == (3588, 29900, 29900, 0, -3588)
    assert back.note and back.note["reason"] == "七天无理由"


def test_nobodys_accounts_and_strangers_have_no_statement(month: Month) -> None:
    for payee_id in (house_payees(month.shop.session, brand_id=month.shop.brand_id)["clearing"], new_id()):
        with pytest.raises(NotFound):
            account_of(month.shop.session, brand_id=month.shop.brand_id, payee_id=payee_id)


def house(month: Month) -> dict[str, UUID]:
    found = house_payees(month.shop.session, brand_id=month.shop.brand_id)
    return {party: found[party] for party in ("brand", "platform")}
