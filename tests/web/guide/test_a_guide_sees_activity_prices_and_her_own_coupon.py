"""What an activity makes of price and pay before she shares it, and what her own coupon makes of her commission after (R5, R7)."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from app.domain.brands.models import Brand
from app.domain.commission.actions import add_rule
from app.flows.refund_order import RefundAsk, refund_order
from app.kernel.tenancy import BrandSession
from tests.builders.activities import DAY, a_coupon, an_activity
from tests.builders.money import lines_of, paid_order, received_order
from tests.builders.shoppers import ZH
from tests.builders.shops import Shop
from tests.conftest import NOON


def words(client: FlaskClient, address: str) -> str:
    """The page's text, without tags, blanks made one."""
    page = client.get(address, headers=ZH)
    assert page.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


def test_the_list_and_the_sheet_tell_the_activity_price(lin: FlaskClient, session: BrandSession, shop: Shop) -> None:
    """12 % of 259.00 is 31.08."""
    an_activity(session, {shop.case: 25900}, name="周年庆", ends_at=NOON.replace(hour=16))
    assert "活动价 ¥259，到 11-22 24:00 · 公开价 ¥299" in words(lin, "/guide/products")
    sheet = words(lin, f"/guide/products/{shop.case_product}")
    for text in ("“周年庆”到 11-22 24:00；只在你的链接里有效", "活动价 ¥ 259.00 299.00 × 12%", "¥ 31.08", "¥259（到 11/22）"):
        assert text in sheet, text
    assert "活动价" not in words(lin, f"/guide/products/{shop.cover_product}")


def test_a_rate_of_the_activity_is_what_she_is_promised(lin: FlaskClient, session: BrandSession, brand: Brand, shop: Shop) -> None:
    """20 % of 259.00 is 51.80."""
    activity = an_activity(session, {shop.case: 25900})
    add_rule(session, brand_id=brand.id, scope={"activity_id": activity.id}, rate_bp=2000, now=NOON)
    session.commit()
    assert "¥ 51.80" in words(lin, f"/guide/products/{shop.case_product}")
    placed = paid_order(shop, (shop.case, 1))
    assert "51.80" in words(lin, f"/guide/orders/{placed.order_id}")


def test_her_earnings_explain_every_step(lin: FlaskClient, session: BrandSession, brand: Brand, shop: Shop) -> None:
    """259.00 − 30.00 = 229.00; 12 % is 27.48; her coupon takes 15.00 of it: 12.48.

    Of the 214.00 paid, 107.00 goes back: 13.74 of her share, and 7.50 of her coupon comes back: 12.48 − 13.74 + 7.50 = 6.24.
    """
    an_activity(session, {shop.case: 25900})
    a_coupon(session, "BRAND", 3000)
    a_coupon(session, "MINE", 1500, "guide", guide=shop.lin.id)
    placed = received_order(shop, (shop.case, 1), coupon_codes=("BRAND", "MINE"))
    text = words(lin, "/guide/earnings?state=held")
    for part in ("299.00 − 活动“周年庆” 40.00 − 品牌券 30.00", "27.48", "你出的券 −15.00", "实得 ¥12.48", "¥ 12.48"):
        assert part in text, part
    order = words(lin, f"/guide/orders/{placed.order_id}")
    assert "计佣金额 ¥229.00 · " in order, "what the rate is taken of"
    assert "活动“周年庆”：¥259.00，原价 ¥299.00" in order and "佣金 ¥27.48，减去你出的券 ¥15.00" in order and "¥ 12.48" in order
    refund_order(session, brand_id=brand.id, order_id=placed.order_id, lines=[RefundAsk(lines_of(shop, placed)[0].id, amount_minor=10700)], reason="补偿", now=NOON)
    session.commit()
    text = words(lin, "/guide/earnings?state=held")
    for part in ("−13.74", "你出的券退还 ¥7.50", "27.48 × 107.00 ÷ 214.00 = 13.74", "¥ 6.24"):
        assert part in text, part


def test_after_it_ends_the_list_price_is_back(lin: FlaskClient, clock, session: BrandSession, shop: Shop) -> None:
    an_activity(session, {shop.case: 25900})
    clock.now = NOON + DAY
    assert "活动价" not in words(lin, "/guide/products") and "活动价" not in words(lin, "/guide/")
