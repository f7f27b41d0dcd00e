"""On a phone and at a desk: from the first page to the inbox, the evidence filled in, kept, handed in, and arrived; the pages can be read by everyone."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import expect

from app.domain.brands.models import Operator
from tests.browser.conftest import Visit
from tests.browser.headquarters import sign_in
from tests.browser.live import Live
from tests.browser.visitor import Visitor
from tests.builders.brands import PASSWORD_HASH, a_brand
from tests.builders.shops import Shop, a_shop
from tests.builders.stripe_disputes import disputed, received_online, told
from tests.builders.stripe_orders import online_order
from tests.builders.stripe_world import StripeWorld

pytestmark = pytest.mark.browser


def shot(visitor: Visitor, name: str) -> None:
    folder = os.environ.get("SHOTS")
    if folder:
        visitor.page.screenshot(path=f"{folder}/{name}-{visitor.size}.png", full_page=True)


@pytest.mark.parametrize("size", ["phone", "desk"])
def test_the_evidence_is_handed_in(live: Live, open_world: StripeWorld, visit: Visit, size: str) -> None:
    slug = f"bank-{size}"
    brand = a_brand(live.app.database, slug=slug, now=live.clock.now)
    with live.app.database.session(brand.id) as session:
        shop: Shop = a_shop(session, live.clock.now)
        row = told(live.app, shop, disputed(open_world, shop, received_online(live.app, open_world, shop)))
        pending = online_order(shop, live.clock.now)
    owner = visit(size)
    sign_in(owner, "console", f"owner@{slug}.example")
    owner.sees("Stripe 测试模式", "1 笔拒付等品牌举证")
    owner.press("去举证")
    owner.sees("待举证", "还有")
    shot(owner, "disputes")
    owner.press(row.provider_ref)
    owner.sees("冻结：拒付中", "已按订单填好")
    owner.fill(shipping_tracking_number="SF1234567890", customer_communication="她说收到了")
    owner.press("保存草稿")
    owner.sees("草稿已保存")
    shot(owner, "draft")
    owner.confirm("提交给银行", "确认提交")
    owner.sees("证明已提交")
    for _ in range(40):
        owner.page.reload()
        if "已举证，等裁定" in owner.text():
            break
        owner.page.wait_for_timeout(250)
    owner.examine()
    owner.sees("已举证，等裁定", "SF1234567890")
    expect(owner.page.locator("main textarea")).to_have_count(0)
    owner.open("/console/payment-provider")
    owner.sees("测试模式", "/hooks/stripe/connect", "品牌承担")
    shopper = visit(size)
    shopper.open(f"/b/{slug}/orders/{pending.number}?token={pending.secret}")
    shopper.sees("测试模式", "不会真的扣款")


def test_the_operator_sees_the_provider(live: Live, visit: Visit) -> None:
    with live.app.database.transaction(operator=True) as session:
        session.add(Operator(email="desk@platform.example", name="平台运营", password_hash=PASSWORD_HASH))
    for size in ("phone", "desk"):
        operator = visit(size)
        sign_in(operator, "platform", "desk@platform.example")
        operator.open("/platform/payments")
        operator.sees("Stripe 测试模式", "/hooks/stripe/connect")
        shot(operator, "operator-payments")
