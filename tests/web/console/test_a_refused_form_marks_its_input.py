"""What is refused stays on the form, and the one input that is wrong is marked and points at the reason (WCAG 3.3.1)."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from tests.builders.money import lines_of
from tests.builders.sales import received
from tests.builders.shops import Shop


def marked(client: FlaskClient, path: str, **form: str) -> tuple[list[str], str]:
    """The names of the inputs marked as wrong, and the page."""
    answer = client.post(path, data=form)
    assert answer.status_code == 422
    text = answer.get_data(as_text=True)
    assert text.count('id="problem"') == 1
    return re.findall(r'name="([^"]+)" aria-invalid="true" aria-describedby="problem"', text), text


@pytest.mark.parametrize(("form", "wrong"), [
    ({"amount": "10.00"}, "provider_ref"), ({"provider_ref": "cb", "amount": "9999"}, "amount"),
    ({"provider_ref": "cb", "amount": "1", "fee": "1.234"}, "fee"), ({"provider_ref": "cb", "amount": "1", "answer_by": "never"}, "answer_by")])
def test_a_chargeback(owner: FlaskClient, shop: Shop, form: dict[str, str], wrong: str) -> None:
    placed = received(shop)
    names, text = marked(owner, f"/console/orders/{placed.order_id}/chargeback", **form)
    assert names == [wrong] and all(f'value="{typed}"' in text for typed in form.values())


@pytest.mark.parametrize("page", ["refund", "after-sale"])
def test_the_second_line_is_meant_though_it_is_the_only_one_filled_in(owner: FlaskClient, shop: Shop, page: str) -> None:
    placed = received(shop)
    first, second = (line.id for line in lines_of(shop, placed))
    path, kind = f"/console/orders/{placed.order_id}/{page}", {"kind": "refund_only"}
    for form, wrong in (
            ({f"amount-{second}": "9999", f"quantity-{second}": "1"}, f"amount-{second}"), ({f"quantity-{second}": "77"}, f"quantity-{second}"),
            ({f"quantity-{first}": "0", f"quantity-{second}": "77"}, f"quantity-{second}"), ({f"amount-{first}": "x", f"quantity-{first}": "1"}, f"amount-{first}"),
            ({f"quantity-{first}": "1", "shipping": "99"}, "shipping")):
        assert marked(owner, path, **kind, **form)[0] == [wrong], form
