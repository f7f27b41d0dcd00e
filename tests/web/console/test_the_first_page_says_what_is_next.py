"""Home: the go-live checklist ticks itself off, what waits is listed, figures are of this person's units."""

from __future__ import annotations

from flask.testing import FlaskClient

from app.domain.brands.models import Brand
from app.web.shared.application import Application
from tests.builders.sales import paid
from tests.builders.shops import Shop
from tests.builders.signed_in import console
from tests.conftest import TestClock
from tests.web.console.conftest import in_chinese


def home(client: FlaskClient) -> str:
    answer = client.get("/console/")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_a_new_brand_starts_with_its_flagship(app: Application, brand: Brand, clock: TestClock) -> None:
    text = home(in_chinese(console(app, f"owner@{brand.slug}.example")))
    assert "资质已过审" in text and "1 / 9" in text and "去接入" in text and "未开放" in text and "没有等你处理的事" in text


def test_steps_tick_off_as_things_happen(owner: FlaskClient, shop: Shop) -> None:
    assert "6 / 9" in home(owner)
    paid(shop)
    text = home(owner)
    assert "7 / 9" in text and "1 张订单待发货" in text and "380.80" in text


def test_a_managers_figures_are_of_her_store(store_manager: FlaskClient, shop: Shop) -> None:
    paid(shop)
    text = home(store_manager)
    assert "380.80" not in text and "待发货" not in text and "上线清单" not in text and "还没有成交" in text
