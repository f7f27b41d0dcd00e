"""A shopper who proves her phone on some device, as she would: code asked for, text read, code typed."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient

from app.domain.brands.models import Brand
from app.web.shared.application import Application
from tests.builders.callers import work
from tests.builders.shoppers import ZH


def asked(device: FlaskClient, app: Application, brand: Brand, phone: str) -> str:
    """The code the played carrier sent."""
    assert device.post(f"/b/{brand.slug}/sign-in", data={"phone": phone}, headers=ZH).location == f"/b/{brand.slug}/sign-in/code"
    work(app, brand, only=["send_sign_in_code"])
    found = re.search(r"验证码 (\d{6})", device.get(f"/b/{brand.slug}/sandbox/texts", headers=ZH).text)
    assert found
    return found[1]


def typed(device: FlaskClient, brand: Brand, code: str) -> Any:
    return device.post(f"/b/{brand.slug}/sign-in/code", data={"code": code}, headers=ZH)


def sign_in_shopper_on(device: FlaskClient, app: Application, brand: Brand, phone: str) -> FlaskClient:
    answer = typed(device, brand, asked(device, app, brand, phone))
    assert answer.location == f"/b/{brand.slug}/mine", answer.location
    return device
