"""What we measure ourselves against: a bare Flask hello, a plain ORM page, raw psycopg writing an order's rows or keeping what was posted."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask, Response, render_template_string, request
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from app.config import socket_url
from app.domain.brands.models import BrandSettings
from app.domain.catalog.models import Product, Variant
from app.domain.guides.models import Guide
from app.domain.sharing.models import ShareLink
from app.kernel.ids import new_id
from bench.rows import order_rows

hello = Flask("hello")
plain = Flask("plain")
raw = Flask("raw")
kept = Flask("kept")
_local = threading.local()

PAGE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{{ product.title }}</title></head><body>
<header>{{ guide.name }} · {{ store.name }}</header><h1>{{ product.title }}</h1><p>{{ product.description }}</p>
<ul>{% for v in variants %}<li>{% for name, value in v.options.items() %}<b>{{ name }}</b> {{ value }} {% endfor %}
<span>¥{{ '%.2f' % (v.price_minor / 100) }}</span> <del>¥{{ '%.2f' % (v.list_price_minor / 100) }}</del>
{% if v.stock - v.reserved > 0 %}<button>{{ v.sku }}</button>{% else %}<em>sold out</em>{% endif %}</li>{% endfor %}</ul>
<footer>{{ settings.slogan }} {{ settings.service_phone }}</footer></body></html>"""


@hello.get("/")
def say_hello() -> str:
    return "hello"


def _engine() -> Any:
    if not hasattr(_local, "engine"):
        _local.engine = create_engine(_url("yundian_operator"))
    return _local.engine


def _url(login: str) -> str:
    return socket_url(Path(os.environ["EMBEDDED_POSTGRES"]), login)


@plain.get("/s/<code>")
def orm_page(code: str) -> str:
    """Three ORM queries and a template, as most shops are written: link with guide and store, product with variants, settings."""
    with Session(_engine()) as session:
        link = session.scalars(select(ShareLink).where(ShareLink.code == code)).one()
        guide = session.scalars(select(Guide).where(Guide.id == link.guide_id)).one()
        product, settings = session.execute(select(Product, BrandSettings).join(BrandSettings, BrandSettings.brand_id == Product.brand_id).where(
            Product.id == link.product_id)).one()
        variants = session.scalars(select(Variant).where(Variant.product_id == link.product_id)).all()
        return render_template_string(PAGE, guide=guide, store=guide.store, product=product, variants=variants, settings=settings)


@raw.post("/orders")
def raw_order() -> Response:
    """The same rows as one placed order, by psycopg: one INSERT a table, one UPDATE of stock, one commit."""
    request.get_json()
    if not hasattr(_local, "connection"):
        _local.connection = psycopg.connect(_url("yundian_operator").replace("postgresql+psycopg", "postgresql"), prepare_threshold=1)
    connection = _local.connection
    for table, columns, rows in order_rows(int(os.environ["BENCH_BRAND"]), os.environ["BENCH_TEMPLATE"], new_id, datetime.now(UTC)):
        places = ", ".join(["(" + ", ".join(["%s"] * len(columns)) + ")"] * len(rows))
        connection.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES {places}", [value for row in rows for value in row])
    connection.execute("UPDATE variants SET reserved = reserved + 1 WHERE brand_id = %s AND id = %s", (int(os.environ["BENCH_BRAND"]), os.environ["BENCH_VARIANT"]))
    connection.commit()
    return Response("{}", 201, content_type="application/json")


@kept.post("/kept")
def keep() -> Response:
    """What was posted, into the same table by one INSERT: no signature, no job."""
    event = request.get_json()
    if not hasattr(_local, "connection"):
        _local.connection = psycopg.connect(_url("yundian_operator").replace("postgresql+psycopg", "postgresql"), prepare_threshold=1)
    _local.connection.execute(
        "INSERT INTO provider_inbox (provider, event_id, source, type, object_ref, payload, received_at, next_try_at) "
        "VALUES ('bare', %s, 'platform', %s, %s, %s, now(), now()) ON CONFLICT (provider, event_id) DO NOTHING",
        (event["id"], event["type"], event["data"]["object"]["id"], request.get_data(as_text=True)))
    _local.connection.commit()
    return Response(status=200)
