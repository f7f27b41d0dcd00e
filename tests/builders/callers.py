"""A program with a token, and a brand that sells, made through the API."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from app.domain.brands.models import Brand
from app.domain.customers.actions import meet
from app.domain.customers.tokens import issue_shopper_token
from app.domain.people.tokens import issue_token
from app.extensions import Database
from app.jobs import REGISTRY
from app.jobs.worker import queue_app, run_job
from app.web.shared.application import Application

_numbers = itertools.count(1)


@dataclass
class Caller:
    """A program with one token."""

    client: Any
    token: str
    brand: Brand

    def __call__(self, method: str, path: str, body: Any = None, *, status: int | None = None, **headers: str) -> Any:
        """The JSON of the answer (bytes of a file); `status` is asserted."""
        answer = self.raw(method, path, body, **headers)
        assert status is None or answer.status_code == status, (answer.status_code, answer.get_data(as_text=True)[:2000])
        return answer.json if "json" in answer.content_type else answer.data

    def raw(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        given = {"Authorization": f"Bearer {self.token}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.client.open("/api/v1" + path, method=method, json=body, headers=given)

    def get(self, path: str, status: int = 200) -> Any:
        return self("GET", path, status=status)

    def post(self, path: str, body: Any = None, status: int = 201, **headers: str) -> Any:
        return self("POST", path, body if body is not None else {}, status=status, **headers)

    def patch(self, path: str, body: Any, status: int = 200) -> Any:
        return self("PATCH", path, body, status=status)


def a_token(database: Database, brand: Brand, scopes: Sequence[str] = (), name: str = "ERP") -> str:
    with database.transaction(brand.id) as session:
        return issue_token(session, brand_id=brand.id, name=name, scopes=scopes)[1]


def a_shopper_token(database: Database, brand: Brand, phone: str, now: datetime) -> str:
    """Of a shopper who proved this phone (E.164) to a program."""
    with database.transaction(brand.id) as session:
        known = meet(session, brand_id=brand.id, phone=phone, now=now)
        known.signed_in_at = now
        return issue_shopper_token(session, brand_id=brand.id, customer_id=known.id, now=now)[1]


@dataclass
class Shop:
    """What a brand sells and who sells it, made through the API."""

    api: Caller
    region: Any
    store: Any
    guide: Any
    product: Any
    variant: Any

    def order(self, quantity: int = 1, **more: Any) -> Any:
        link = self.api.post("/share-links", {"guide_id": self.guide["id"], "product_id": self.product["id"]})
        body = order_body(self.variant["id"], quantity, share_code=link["code"], **more)
        answer = self.api.client.post(f"/api/storefront/v1/{self.api.brand.slug}/orders", json=body,
                                      headers={"Idempotency-Key": f"order {next(_numbers)}"})
        assert answer.status_code == 201, answer.get_data(as_text=True)
        return answer.json


def order_body(variant_id: str, quantity: int = 1, **more: Any) -> dict[str, Any]:
    return {"lines": [{"variant_id": variant_id, "quantity": quantity}], "contact": {"name": "李小姐", "phone": "13912345678"},
            "address": {"province": "广东省", "city": "深圳市", "district": "南山区", "street": "科苑路 15 号"}, **more}


def a_shop(api: Caller) -> Shop:
    region = api.post("/org-units", {"kind": "region", "name": "华南", "code": "R1"})
    store = api.post("/org-units", {"kind": "store", "name": "万象城店", "code": "S1", "parent_id": region["id"]})
    guide = api.post("/guides", {"name": "王小燕", "phone": "13812345678", "employee_no": "E1", "store_id": store["id"]})
    product = api.post("/products", {"name": "登机箱 20 寸", "category": "箱包 > 登机箱", "variants": [
        {"sku": "CASE-20-BLUE", "price": 29900, "stock": 50, "options": {"颜色": "雾蓝"}}]})
    return Shop(api, region, store, guide, product, product["variants"][0])


def work(app: Application, brand: Brand, *, only: Sequence[str] = ()) -> list[str]:
    """Do this brand's queued jobs (or `only` those) now, as the worker would, until none is due; their names in order."""
    queue_app(app)
    done: list[str] = []
    while (job := _next_job(app, brand, only or list(REGISTRY))) is not None:
        name, arguments = job
        with app.app_context():
            run_job(app, REGISTRY[name], arguments)
        done.append(name)
    return done


def _next_job(app: Application, brand: Brand, names: Sequence[str]) -> tuple[str, dict[str, Any]] | None:
    take = """UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = (
        SELECT id FROM procrastinate_jobs WHERE status = 'todo' AND (args ->> 'brand_id')::int = :brand
        AND task_name = ANY(:names) AND (scheduled_at IS NULL OR scheduled_at <= :now) ORDER BY id LIMIT 1) RETURNING task_name, args"""
    with app.database.transaction() as session:
        row = session.execute(text(take), {"brand": brand.id, "names": list(names), "now": app.clock()}).first()
    return (row[0], dict(row[1])) if row else None
