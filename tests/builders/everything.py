"""One row of everything a brand owns, by name: what a stranger would ask for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.catalog.models import IgnoredListing, SyncItem
from app.domain.ledger.actions import Entry, post
from app.domain.ledger.models import LedgerTransaction
from app.domain.ledger.queries import house_payees
from app.domain.orders.models import Payment
from app.domain.orgs.models import OrgUnit
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
    rows["activity"] = api.post("/activities", {"name": "清仓", "ends_at": "2027-01-01T00:00:00Z", "prices": [
        {"variant_id": shop.variant["id"], "price": 19900}]})["id"]
    rows["coupon"] = api.post("/coupons", {"code": "THREE", "amount": 300, "ends_at": "2027-01-01T00:00:00Z"})["id"]
    rows["invite_code"] = api.post("/invite-codes", {"store_id": shop.store["id"], "expires_at": "2026-12-01T00:00:00Z"})["id"]
    rows.update(_sync(app, api), **_sale(app, api, shop, clock), **_read_back(app, api))
    rows["reconciliation_run"] = api.post("/reconciliation-runs", {"from": "2026-11-01T00:00:00Z", "to": "2026-12-01T00:00:00Z"})["id"]
    return rows


def _sync(app: Application, api: Caller) -> dict[str, str]:
    source = api.post("/flagship-sources", {"kind": "merchant_feed", "name": "旗舰店", "settings": {"content": FEED}})
    run = api.post("/sync-runs", {"source_id": source["id"], "mode": "apply"}, status=202)
    work(app, api.brand, only=("sync_flagship",))
    with app.database.transaction(api.brand.id) as session:
        ignored = IgnoredListing(source_id=UUID(source["id"]), external_id="A-9", name="不要")
        session.add(ignored)
        session.flush()
        return {"flagship_source": source["id"], "sync_run": run["id"], "ignored_listing": str(ignored.id)}


def _sale(app: Application, api: Caller, shop: Any, clock: TestClock) -> dict[str, str]:
    link = api.post("/share-links", {"guide_id": shop.guide["id"], "product_id": shop.product["id"]})
    placed = shop.order()
    paid = app.test_client().post(placed["payment"]["url"].removeprefix("http://localhost"), json={"outcome": "succeed"})
    assert paid.status_code == 200
    order = placed["order"]
    api.post(f"/orders/{order['id']}/ship")
    api.post(f"/orders/{order['id']}/deliver", status=200)
    moment, clock.now = clock.now, clock.now + timedelta(days=20)
    settled = api.post("/settlement-runs")
    withdrawal = api.post("/withdrawals", {"payee_id": shop.guide["payee_id"], "amount": 1})
    run = api.post("/payout-runs")
    api.patch(f"/payees/{shop.region['payee_id']}", {"tax_kind": "company"})
    invoice = api.post("/invoices", {"payee_id": shop.region["payee_id"], "number": "25442000000012345678", "amount": 100, "issued_on": "2026-11-01"})
    clock.now = moment
    return {"share_code": link["code"], "order": order["id"], "order_number": order["number"], "order_token": order["token"],
            "settlement_run": settled["id"], "payout_run": run["id"],
            "payout": next(one["id"] for one in run["payouts"] if one["payee_id"] == shop.guide["payee_id"]),
            "withdrawal": withdrawal["id"], "invoice": invoice["id"], **_after_the_sale(app, api, shop, order)}


def _after_the_sale(app: Application, api: Caller, shop: Any, order: Any) -> dict[str, str]:
    """One case, one chargeback of another order, and a debt that somebody asks to write off."""
    line = api.get(f"/orders/{order['id']}")["lines"][0]
    case = api.post("/after-sales", {"order_id": order["id"], "kind": "return_refund", "lines": [{"line_id": line["id"], "quantity": 1}]})
    other = shop.order()
    assert app.test_client().post(other["payment"]["url"].removeprefix("http://localhost"), json={"outcome": "succeed"}).status_code == 200
    bank = api.post("/chargebacks", {"order_id": other["order"]["id"], "provider_ref": "CB-1", "amount": 100})
    return {"after_sale": case["id"], "chargeback": bank["id"], "write_off": _debt(app, api, shop)}


def _debt(app: Application, api: Caller, shop: Any) -> str:
    """A clawback after the payout, as the ledger would hold it; the store owes ten yuan."""
    with app.database.transaction(api.brand.id) as session:
        payee_id = session.scalars(select(OrgUnit.payee_id).where(OrgUnit.id == shop.store["id"])).one()
        brand = house_payees(session, brand_id=api.brand.id)["brand"]
        post(session, brand_id=api.brand.id, cause="debt", kind="reversed", now=app.clock(), entries=[
            Entry(payee_id, "store", "available", -1000), Entry(brand, "brand", "available", 1000)])
    return str(api.post("/write-offs", {"payee_id": str(payee_id), "amount": 500, "reason": "门店已关"})["id"])


def _read_back(app: Application, api: Caller) -> dict[str, str]:
    wanted = {"webhook_delivery": WebhookDelivery, "ledger_transaction": LedgerTransaction, "payment": Payment, "audit_event": AuditEvent,
              "sync_item": SyncItem}
    with app.database.session(api.brand.id) as session:
        rows = {name: str(session.scalar(select(model.id).limit(1))) for name, model in wanted.items()}
        rows["account"] = str(session.scalar(select(Account.id).where(Account.role == "owner")))
        return rows
