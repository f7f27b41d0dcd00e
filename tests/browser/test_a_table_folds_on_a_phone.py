"""A console table wider than the phone becomes cards that name their columns; without scripts, or at a desk, it stays a table."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Visit
from tests.browser.filled import a_full_brand
from tests.browser.live import Live
from tests.browser.visitor import Visitor
from tests.builders.brands import PASSWORD

pytestmark = pytest.mark.browser
OVER = "() => [...document.querySelectorAll('main .tbl-box')].filter((box) => box.scrollWidth > box.clientWidth + 1).length"
LABELS = "() => [...document.querySelectorAll('main .tbl tbody tr:first-child > *')].map((cell) => cell.dataset.l ?? '')"
SORTS = "() => [...document.querySelectorAll('main .tbl thead a')].filter((one) => one.getBoundingClientRect().height >= 44).length"


def payees(visitor: Visitor, owner: str) -> Visitor:
    visitor.open("/console/sign-in")
    visitor.fill(login=owner, password=PASSWORD)
    visitor.press("登录")
    visitor.open("/console/payees")
    return visitor


def test_it(visit: Visit, live: Live) -> None:
    owner = a_full_brand(live).owner
    phone = payees(visit("phone"), owner)
    assert phone.page.evaluate(OVER) == 0
    assert phone.page.evaluate(LABELS) == ["", "怎么付", "比一比", "待结算", "冻结", "可提现", "已打款"]
    assert phone.page.evaluate(SORTS) == 4  # what can be sorted still can
    plain = payees(visit("phone", script=False), owner)
    assert plain.page.locator(".tbl.folds").count() == 0 and plain.page.locator(".tbl thead th").count() == 7
    desk = payees(visit("desk"), owner)
    assert desk.page.locator(".tbl.folds").count() == 0 and desk.page.evaluate(OVER) == 0
