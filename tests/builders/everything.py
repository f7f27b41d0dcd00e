"""One row of everything a brand owns, by name: what a stranger would ask for."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from PIL import Image
from sqlalchemy import select

from app.domain.alliance.models import AllianceOrder
from app.domain.care.actions import add_tag, save_segment, set_tag, write_note
from app.domain.care.handing_over import hand_over
from app.domain.care.queries import handovers
from app.domain.catalog.models import IgnoredListing, SyncItem
from app.domain.catalog.pictures import picture_key, sized_webps
from app.domain.challenges.actions import add_challenge
from app.domain.community.actions import add_group
from app.domain.flagship_books.models import FlagshipDay, FlagshipDayLine
from app.domain.fraud.actions import keep_look
from app.domain.fulfilment.actions import add_push
from app.domain.fulfilment.stock import take_stock_there
from app.domain.guides.models import Guide
from app.domain.guides.queries import guide
from app.domain.ledger.actions import Entry, post
from app.domain.ledger.models import LedgerTransaction
from app.domain.ledger.queries import house_payees
from app.domain.notices.actions import Telling, tell
from app.domain.notices.models import Notice, NoticeSend
from app.domain.notices.sending import plan
from app.domain.orders.models import Order, OrderLine, Payment
from app.domain.orgs.models import OrgUnit
from app.domain.people.models import Account, AuditEvent
from app.domain.provider.models import Charge, CheckoutSession, InboxEvent, ProviderDay, ProviderDayLine, ProviderEvent
from app.domain.sharing.kits import add_picture
from app.domain.sharing.models import ShareKitPicture
from app.domain.tasks.actions import add_template
from app.domain.tasks.models import TaskAssignment
from app.domain.tasks.rules import Terms
from app.domain.training.actions import add_card, publish_card, try_card
from app.domain.training.models import TrainingCard
from app.domain.webhooks.models import WebhookDelivery
from app.flows.dispute_attribution import open_dispute
from app.flows.work_tasks import ask_due
from app.kernel.clock import local_day
from app.kernel.tenancy import BrandSession
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
    rows["share_kit"] = api.post("/share-kits", {"name": "双十二", "texts": [{"tone": "plain", "body": "看看 {链接}"}]})["id"]
    rows["kit_picture"] = _picture_of(app, api, rows["share_kit"])
    rows["invite_code"] = api.post("/invite-codes", {"store_id": shop.store["id"], "expires_at": "2026-12-01T00:00:00Z"})["id"]
    rows.update(_sync(app, api), **_sale(app, api, shop, clock, rows["activity"]), **_read_back(app, api))
    _paid_online(app, api, rows)
    rows.update(_back_to_flagship(app, api, rows))
    rows.update(_talk(app, api, rows))
    rows["reconciliation_run"] = api.post("/reconciliation-runs", {"from": "2026-11-01T00:00:00Z", "to": "2026-12-01T00:00:00Z"})["id"]
    rows.update(_care(app, api, rows))
    return rows


def _paid_online(app: Application, api: Caller, rows: dict[str, str]) -> None:
    """What an online provider holds of the sale, and what it told of it."""
    now = app.clock()
    with app.database.transaction(api.brand.id) as session:
        payment = session.scalars(select(Payment).where(Payment.order_id == UUID(rows["order"]))).first()
        assert payment
        session.add(CheckoutSession(payment_id=payment.id, attempt=1, provider="stripe", state="complete", asked={}, provider_ref="cs_1", created_at=now,
                                    expires_at=now))
        session.add(Charge(payment_id=payment.id, provider="stripe", intent_ref="pi_1", charge_ref="ch_1", method="card", amount_minor=9900, currency="CNY",
                           settled_minor=1782, settled_currency="SGD", fee_minor=82, fee_order_minor=456, charged_at=now))
        session.add(ProviderEvent(provider="stripe", event_id="evt_1", type="checkout.session.completed", object_ref="cs_1", payment_id=payment.id,
                                  payload={"id": "evt_1"}, received_at=now, applied_at=now))
        told = InboxEvent(id=10**15 + payment.id.int % 10**15, provider="stripe", event_id=f"evt_{payment.id}", source="platform", type="checkout.session.completed", object_ref="cs_1", received_at=now,
                          next_try_at=now, tries=1, problem="no_answer")
        session.add(told)
        session.flush()
        rows["inbox_event"] = str(told.id)


def _care(app: Application, api: Caller, rows: dict[str, str]) -> dict[str, str]:
    """The customer of the sale, with a tag, a segment, and a hand-over to the store."""
    with app.database.transaction(api.brand.id) as session:
        found = guide(session, brand_id=api.brand.id, guide_id=UUID(rows["guide"]))
        (customer_id,) = hand_over(session, brand_id=api.brand.id, from_guide=found, to_guide=None, why="leaving", now=app.clock())
        tag = add_tag(session, brand_id=api.brand.id, name="爱出差", kind="manual", days=90)
        set_tag(session, brand_id=api.brand.id, customer_id=customer_id, tag_id=tag.id, now=app.clock())
        write_note(session, brand_id=api.brand.id, customer_id=customer_id, guide_id=found.id, words="喜欢雾蓝", now=app.clock())
        chosen = save_segment(session, brand_id=api.brand.id, name="近期下单", terms={"tags": [tag.id], "bought_within": 90})
        move = handovers(session, brand_id=api.brand.id, customer_id=customer_id)[0]
        return {"customer": str(customer_id), "customer_tag": str(tag.id), "segment": str(chosen.id), "customer_handover": str(move.id)}


def _picture_of(app: Application, api: Caller, kit_id: str) -> str:
    out = io.BytesIO()
    Image.new("RGB", (40, 50), "#5d7a9c").save(out, "PNG")
    key = picture_key(api.brand.id, out.getvalue())
    for letter, webp in sized_webps(out.getvalue()).items():
        app.gateways.files.put(f"{key}-{letter}.webp", webp)
    with app.database.transaction(api.brand.id) as session:
        add_picture(session, brand_id=api.brand.id, kit_id=UUID(kit_id), file_key=key)
        return str(session.scalars(select(ShareKitPicture.id)).one())


def _sync(app: Application, api: Caller) -> dict[str, str]:
    source = api.post("/flagship-sources", {"kind": "merchant_feed", "name": "旗舰店", "settings": {"content": FEED}})
    run = api.post("/sync-runs", {"source_id": source["id"], "mode": "apply"}, status=202)
    work(app, api.brand, only=("sync_flagship",))
    with app.database.transaction(api.brand.id) as session:
        ignored = IgnoredListing(source_id=UUID(source["id"]), external_id="A-9", name="不要")
        session.add(ignored)
        day = FlagshipDay(source_id=UUID(source["id"]), day=app.clock().date(), state="differs", reading=1, difference_count=1, asked_at=app.clock(), read_at=app.clock())
        session.add(day)
        session.flush()
        line = FlagshipDayLine(day_id=day.id, reading=1, kind="order", cause="missing_here", differs=True, order_key="F-1", flagship_order_id="F-1", theirs_minor=9900)
        session.add(line)
        alliance = AllianceOrder(source_id=UUID(source["id"]), row_id="1", order_number="2", external_id="3", quantity=1, returned=0, state="paid", valid_code=16,
                                 through_own_shop=False, commission_bp=750, base_minor=10000, estimate_minor=750, actual_minor=0, earned_minor=750, position=0,
                                 same_shop=True, settles_on=0, seen_at=app.clock(), read_at=app.clock())
        session.add(alliance)
        session.flush()
        books = ProviderDay(provider="stripe", day=app.clock().date(), state="differs", totals={"sums": []}, line_count=1, difference_count=1,
                            asked_at=app.clock(), read_at=app.clock())
        session.add(books)
        session.flush()
        session.add(ProviderDayLine(day_id=books.id, kind="charge", cause="missing_here", source_ref="ch_1", theirs_minor=9900, currency="SGD", at=app.clock()))
        return {"provider_day": str(books.id), "flagship_source": source["id"], "sync_run": run["id"], "ignored_listing": str(ignored.id), "flagship_day": str(day.id),
                "flagship_day_line": str(line.id), "alliance_order": str(alliance.id)}


def _talk(app: Application, api: Caller, rows: dict[str, str]) -> dict[str, str]:
    """A chat group of the guide, and something she was told."""
    with app.database.transaction(api.brand.id) as session:
        found = guide(session, brand_id=api.brand.id, guide_id=UUID(rows["guide"]))
        group = add_group(session, brand_id=api.brand.id, guide_id=found.id, name="闺蜜群", members=120, now=app.clock())
        assert found.account_id
        task = add_template(session, brand_id=api.brand.id, within=None, today=local_day(app.clock(), "Asia/Shanghai"),
                            terms=Terms(title="发一款", kind="share", from_day=local_day(app.clock(), "Asia/Shanghai"), hours=24, evidence="photo"))
        ask_due(session, brand_id=api.brand.id, now=app.clock())
        challenge = add_challenge(session, brand_id=api.brand.id, title="周末卖满 3 单", goal_kind="orders", goal=3, reward_minor=5000, budget_minor=20000,
                                  from_day=task.from_day, to_day=task.from_day, today=task.from_day)
        part_id = session.scalar(select(TaskAssignment.id).where(TaskAssignment.guide_id == found.id))
        assert part_id
        tell(session, brand_id=api.brand.id, kind="welcome", cause="everything", to=[Telling(found.account_id, {})], now=app.clock())
        notice_id = session.scalar(select(Notice.id).where(Notice.cause == "everything"))
        assert notice_id
        plan(session, brand_id=api.brand.id, notice_id=notice_id, channels=["text"], now=app.clock())
        send_id = session.scalar(select(NoticeSend.id))
        card = _card(session, api.brand.id, found, app.clock())
        return {"community_group": str(group.id), "task_template": str(task.id), "task_assignment": str(part_id), "challenge": str(challenge.id), "notice": str(notice_id), "notice_send": str(send_id), "training_card": str(card.id)}


def _card(session: BrandSession, brand_id: int, guide: Guide, now: datetime) -> TrainingCard:
    """A published training card she has tried once, in vain."""
    question = {"text": "轮子卡住怎么办？", "options": ["寄回保修", "自己拆"], "right": 0, "why": "两年内免费保修。"}
    card = add_card(session, brand_id=brand_id, title="轻旅箱怎么讲", body="## 三句话\n- 轻\n- 静", questions=[question], pass_mark=1, now=now)
    publish_card(session, brand_id=brand_id, card_id=card.id, now=now)
    try_card(session, brand_id=brand_id, guide=guide, card_id=card.id, chosen=[1], now=now)
    return card


def _back_to_flagship(app: Application, api: Caller, rows: dict[str, str]) -> dict[str, str]:
    """An order that waits for its flagship, and a movement of its stock."""
    with app.database.transaction(api.brand.id) as session:
        order = session.scalars(select(Order).where(Order.id == UUID(rows["order"]))).one()
        line = session.scalars(select(OrderLine).where(OrderLine.order_id == order.id)).first()
        assert line is not None
        source_id = UUID(rows["flagship_source"])
        push = add_push(session, order=order, source_id=source_id, lines=[(line.id, "A-1", 1, 29900)], now=app.clock())
        push.state, push.trouble, push.next_at = "declined", "declined", None
        write = take_stock_there(session, line=line, source_id=source_id, external_id="A-1", now=app.clock())
        write.state, write.next_at = "declined", None
        return {"order_push": str(push.id), "stock_write": str(write.id)}


def _sale(app: Application, api: Caller, shop: Any, clock: TestClock, activity_id: str) -> dict[str, str]:
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
    promoted = api.post("/share-links", {"guide_id": shop.guide["id"], "activity_id": activity_id})
    return {"share_code": link["code"], "activity_code": promoted["code"], "order": order["id"], "order_number": order["number"], "order_token": order["token"],
            "settlement_run": settled["id"], "payout_run": run["id"],
            "payout": next(one["id"] for one in run["payouts"] if one["payee_id"] == shop.guide["payee_id"]),
            "withdrawal": withdrawal["id"], "invoice": invoice["id"], **_after_the_sale(app, api, shop, order)}


def _after_the_sale(app: Application, api: Caller, shop: Any, order: Any) -> dict[str, str]:
    """One case, one chargeback of another order, and a debt that somebody asks to write off."""
    line = api.get(f"/orders/{order['id']}")["lines"][0]
    case = api.post("/after-sales", {"order_id": order["id"], "kind": "return_refund", "lines": [{"line_id": line["id"], "quantity": 1}]})
    other = shop.order()
    assert app.test_client().post(other["payment"]["url"].removeprefix("http://localhost"), json={"outcome": "succeed"}).status_code == 200
    bought = api.get(f"/orders/{other['order']['id']}")["lines"][0]
    refund = api.post(f"/orders/{other['order']['id']}/refunds", {"lines": [{"line_id": bought["id"], "amount": 1}]})
    bank = api.post("/chargebacks", {"order_id": other["order"]["id"], "provider_ref": "CB-1", "amount": 100})
    return {"after_sale": case["id"], "refund": refund["id"], "chargeback": bank["id"], "write_off": _debt(app, api, shop), "attribution_dispute": _dispute(app, api, shop, other["order"]),
            "sale_hold": _held(app, api, other["order"])}


def _dispute(app: Application, api: Caller, shop: Any, order: Any) -> str:
    """Another guide says that an order is hers."""
    claimant = api.post("/guides", {"name": "何敏", "phone": "13812345679", "employee_no": "E2", "store_id": shop.store["id"]})
    with app.database.transaction(api.brand.id) as session:
        hers = guide(session, brand_id=api.brand.id, guide_id=UUID(claimant["id"]))
        made = open_dispute(session, brand_id=api.brand.id, guide=hers, number=order["number"], phone_tail="5678", evidence="在店里接待的", now=app.clock())
        return str(made.id)


def _held(app: Application, api: Caller, order: Any) -> str:
    """A sale that a colleague's phone speaks against."""
    with app.database.transaction(api.brand.id) as session:
        found = session.scalars(select(Order).where(Order.id == order["id"])).one()
        made = keep_look(session, brand_id=api.brand.id, known=None, order_id=found.id, guide_id=found.guide_id or UUID(int=0), store_id=found.store_id,
                         state="open", signals=[{"signal": "phone", "mode": "hold", "weight": 100, "count": 1, "most": None, "guide": "何敏", "same": False,
                                                 "phone": "+86138****5679", "orders": []}], amount_minor=3588, now=app.clock())
        return str(made.id)


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
