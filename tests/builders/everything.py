"""One row of everything a brand owns, by name: what a stranger would ask for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from app.domain.catalog.models import SyncItem
from app.domain.ledger.models import LedgerTransaction
from app.domain.orders.models import Payment
from app.domain.people.models import Account, AuditEvent
from app.domain.webhooks.models import WebhookDelivery
from app.web.shared.application import Application
from tests.builders.callers import Caller, a_shop, work
from tests.conftest import TestClock

FEED = "id\ttitle\tlink\tprice\tavailability\nA-1\t登机箱\thttps://shop.example.com/a\t299.00 CNY\tin stock\n"


def everything(app: Application, api: Caller, clock: TestClock) -> dict[str, str]:
    """Name → id (or code, number, slug), made through the API and read back."""
    endpoint = api.post("/webhook-endpoints", {"url": "http://127.0.0.1:9/hook"})
    shop = a_shop(api)
    rows: dict[str, str] = {"slug": api.brand.slug, "brand": str(api.brand.id), "webhook_endpoint": endpoint["id"], "org_unit": shop.store["id"],
                            "guide": shop.guide["id"], "payee": shop.guide["payee_id"], "product": shop.product["id"], "variant": shop.variant["id"]}
    rows["commission_rule"] = api.post("/commission-rules", {"scope": {}, "rate_bp": 1000})["id"]
    rows["split_plan"] = api.post("/split-plans", {"scope": {}, "shares": [{"role": "store", "rate_bp": 300}]})["id"]
    rows["coupon"] = api.post("/coupons", {"code": "THREE", "amount": 300, "ends_at": "2027-01-01T00:00:00Z"})["id"]
    rows["invite_code"] = api.post("/invite-codes", {"store_id": shop.store["id"], "expires_at": "2026-12-01T00:00:00Z"})["id"]
    rows.update(_sync(app, api), **_sale(app, api, shop, clock), **_read_back(app, api))
    return rows


def _sync(app: Application, api: Caller) -> dict[str, str]:
    source = api.post("/flagship-sources", {"kind": "merchant_feed", "name": "旗舰店", "settings": {"content": FEED}})
    run = api.post("/sync-runs", {"source_id": source["id"], "mode": "apply"}, status=202)
    work(app, api.brand, only=("sync_flagship",))
    return {"flagship_source": source["id"], "sync_run": run["id"]}


def _sale(app: Application, api: Caller, shop: Any, clock: TestClock) -> dict[str, str]:
    link = api.post("/share-links", {"guide_id": shop.guide["id"], "product_id": shop.product["id"]})
    placed = shop.order()
    paid = app.test_client().post(placed["payment"]["url"].removeprefix("http://localhost"), json={"outcome": "succeed"})
    assert paid.status_code == 200
    order = placed["order"]
    api.post(f"/orders/{order['id']}/ship")
    api.post(f"/orders/{order['id']}/deliver", status=200)
    moment, clock.now = clock.now, clock.now + timedelta(days=20)
    settled, run = api.post("/settlement-runs"), api.post("/payout-runs")
    clock.now = moment
    return {"share_code": link["code"], "order": order["id"], "order_number": order["number"], "order_token": order["token"],
            "settlement_run": settled["id"], "payout_run": run["id"]}


def _read_back(app: Application, api: Caller) -> dict[str, str]:
    wanted = {"webhook_delivery": WebhookDelivery, "ledger_transaction": LedgerTransaction, "payment": Payment, "audit_event": AuditEvent,
              "sync_item": SyncItem}
    with app.database.session(api.brand.id) as session:
        rows = {name: str(session.scalar(select(model.id).limit(1))) for name, model in wanted.items()}
        rows["account"] = str(session.scalar(select(Account.id).where(Account.role == "owner")))
        return rows
