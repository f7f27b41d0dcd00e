"""Another brand's rows are not found, on any route; and nobody gets past a door without signing in.

Every route of the application is walked. One with an argument this file does not know, or without a row to try it
with, fails the test: who adds a route says here what a stranger would ask for.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule

from app.domain.orgs.models import OrgUnit
from app.web.shared.application import Application
from tests.builders.brands import a_brand
from tests.builders.callers import Caller, a_shop, a_shopper_token, a_token
from tests.builders.everything import everything
from tests.builders.people import a_guide
from tests.builders.signed_in import console, guide_app
from tests.conftest import NOON, TestClock

OPEN_ARGUMENTS = {
    "/static/<path:filename>": "assets are public",
    "/api/problems/<code>": "a page about a kind of problem, not about a row",
    "/media/<path:key>": "pictures are public; the key is a digest of their content",
    "/console/activate/<token>": "a signed link, the secret itself",
    "/guide/activate/<token>": "a signed link, the secret itself",
    "/console/onboarding/<token>": "the same, for a payee who has no sign-in",
    "/console/onboarding/<token>/again": "the same",
    "/console/onboarding/<token>/back": "the same",
    "/guide/join/<code>": "an invite code is handed to people who are not in yet",
    "/s/<code>": "a share link is public",
    "/s/<code>/shop": "a share link is public",
    "/s/<code>/touch": "a share link is public",
    "/s/<code>/touch.gif": "a share link is public",
    "/s/<code>/poster.png": "a share link is public",
    "/s/<code>/qr.svg": "a share link is public",
    "/hooks/flagship/<code>": "a shop's address for webhooks; the delivery's signature opens it",
    "/guide/app/<slug>/manifest.webmanifest": "a brand's name, colour and icon, for whoever installs its app",
    "/guide/app/<slug>/icon-<name>.png": "the same",
    "/guide/offline/<language>": "says that there is no connection, in a language",
    "/guide/statements/<month>": "a month of her own",
    "/guide/statements/<month>.csv": "a month of her own",
    "/guide/statements/<month>.pdf": "a month of her own",
}
PUBLIC = re.compile(r"/|/healthz|/readyz|/metrics|/front\.css|/static/.*|/media/.*|/api/(docs|openapi\.json|problems/.*)|/api/storefront/.*|/b/.*|/s/.*|/hooks/.*"
                    r"|/(console|guide|platform)/(sign-in|choose-brand|sign-out)|/(console|guide)/activate/.*|/console/onboarding/.*|/guide/join.*|/guide/(app|offline)/.*|/guide/sw\.js|/platform/(apply|applied).*")
"""Open to everyone by design."""
ARGUMENTS = {
    "template_id": "task_template", "challenge_id": "challenge", "assignment_id": "task_assignment", "group_id": "community_group", "customer_id": "customer", "tag_id": "customer_tag", "segment_id": "segment", "handover_id": "customer_handover", "card_id": "training_card", "notice_id": "notice", "send_id": "notice_send",
    "guide_id": "guide", "unit_id": "org_unit", "code_id": "invite_code", "account_id": "account", "event_id": "audit_event", "order_id": "order",
    "product_id": "product", "kit_id": "share_kit", "picture_id": "kit_picture", "variant_id": "variant", "source_id": "flagship_source", "run_id": "sync_run", "rule_id": "commission_rule",
    "plan_id": "split_plan", "payee_id": "payee", "coupon_id": "coupon", "activity_id": "activity", "payment_id": "payment", "number": "order_number", "code": "share_code",
    "delivery_id": "webhook_delivery", "endpoint_id": "webhook_endpoint", "store_id": "org_unit", "slug": "slug", "brand_id": "brand",
    "settlement_id": "settlement_run", "after_sale_id": "after_sale", "chargeback_id": "chargeback", "refund_id": "refund", "write_off_id": "write_off", "payout_id": "payout", "push_id": "order_push", "write_id": "stock_write", "transaction_id": "ledger_transaction", "item_id": "sync_item", "day_id": "flagship_day", "provider_day_id": "provider_day", "line_id": "flagship_day_line", "ignored_id": "ignored_listing", "withdrawal_id": "withdrawal", "dispute_id": "attribution_dispute", "hold_id": "sale_hold", "invoice_id": "invoice",
}
PARTICULAR = {
    "/console/payouts": {"run_id": "payout_run", "id": "payout_run"},
    "/console/settlement": {"run_id": "settlement_run"},
    "/console/reconciliation": {"run_id": "reconciliation_run"},
    "/platform/payments": {"event_id": "inbox_event"},
}
"""Arguments that mean something else below an address."""
RESOURCES = {
    "flagship-sources": "flagship_source", "ignored-listings": "ignored_listing", "sync-runs": "sync_run", "products": "product", "variants": "variant", "org-units": "org_unit",
    "guides": "guide", "invite-codes": "invite_code", "commission-rules": "commission_rule", "split-plans": "split_plan", "orders": "order",
    "ledger": "ledger_transaction", "settlement-runs": "settlement_run", "payout-runs": "payout_run", "payees": "payee", "coupons": "coupon", "activities": "activity",
    "withdrawals": "withdrawal", "invoices": "invoice", "reconciliation-runs": "reconciliation_run", "flagship-days": "flagship_day", "provider-days": "provider_day", "alliance-orders": "alliance_order", "flagship-orders": "order_push",
    "tasks": "task_template", "challenges": "challenge", "community-groups": "community_group", "customers": "customer", "training-cards": "training_card", "webhook-endpoints": "webhook_endpoint", "share-links": "share_code", "share-kits": "share_kit", "after-sales": "after_sale", "chargebacks": "chargeback", "refunds": "refund", "write-offs": "write_off", "attribution-disputes": "attribution_dispute", "sale-holds": "sale_hold",
}
WORDS = {"field": "title"}
"""Arguments that are no ids."""
ANY = re.compile(r"<any\(([^)]*)\):\w+>")
OWN_ADDRESS = ("slug",)
"""A stranger stands in his own shop and asks it for another's rows."""


@pytest.fixture(scope="module")
def clock(app: Application) -> TestClock:
    assert isinstance(app.clock, TestClock)
    app.clock.now = NOON
    return app.clock


class Cast:
    """Brand A, whose people are the strangers, and brand B, whose rows they ask for."""

    def __init__(self, app: Application, clock: TestClock) -> None:
        self.app = app
        self.brand_a, self.brand_b = (a_brand(app.database, slug=f"{side}{os.getpid()}", now=NOON) for side in ("stranger", "owner"))
        self.api = Caller(app.test_client(), a_token(app.database, self.brand_a), self.brand_a)
        self.shop = a_shop(self.api)
        self.rows = everything(app, Caller(app.test_client(), a_token(app.database, self.brand_b), self.brand_b), clock)
        self.own = {"slug": self.brand_a.slug, "code": self.api.post("/share-links", {"guide_id": self.shop.guide["id"]})["code"]}
        self.console = console(app, f"owner@{self.brand_a.slug}.example")
        with app.database.transaction(self.brand_a.id) as session:
            store = session.scalars(select(OrgUnit).where(OrgUnit.kind == "store")).first()
            assert store is not None
            phone = a_guide(session, store, now=NOON, password=True).phone
        self.guide = guide_app(app, phone)
        self.nobody = app.test_client()

    def for_rule(self, rule: str) -> FlaskClient:
        return {"console": self.console, "guide": self.guide}.get(rule.split("/")[1], self.nobody)


@pytest.fixture(scope="module")
def cast(app: Application, clock: TestClock) -> Cast:
    return Cast(app, clock)


def routes(app: Application) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method


def kind_of(rule: str, argument: str) -> str | None:
    """What an argument names."""
    if rule.startswith("/api/v1/") and argument in ("id", "code"):
        return RESOURCES.get(rule.split("/")[3])
    if rule.startswith("/api/storefront/") and argument == "id":
        return "product"
    particular = next((names for start, names in PARTICULAR.items() if rule.startswith(start)), {})
    return particular.get(argument) or ARGUMENTS.get(argument)


def arguments(rule: str) -> list[str]:
    return re.findall(r"<(?:[^:>]+:)?(\w+)>", ANY.sub("", rule))


def address(rule: str, values: dict[str, str]) -> str:
    plain = ANY.sub(lambda match: match[1].split(",")[0].strip(), rule)
    return re.sub(r"<(?:[^:>]+:)?(\w+)>", lambda match: values[match[1]], plain)


def test_every_argument_is_known(app: Application, cast: Cast) -> None:
    unknown = [(rule.rule, argument) for rule, _ in routes(app) if rule.rule not in OPEN_ARGUMENTS
               for argument in arguments(rule.rule) if kind_of(rule.rule, argument) not in cast.rows and argument not in WORDS]
    assert not unknown


def foreign(rule: str, cast: Cast) -> dict[str, str] | None:
    """Values of brand B for a rule's arguments, in A's own address; None when nothing in it belongs to a brand."""
    names = [name for name in arguments(rule) if name not in OWN_ADDRESS and name not in WORDS]
    if rule in OPEN_ARGUMENTS or not names:
        return None
    values = {name: cast.rows[str(kind_of(rule, name))] for name in names}
    if rule.startswith("/s/<code>/"):
        values["code"] = cast.own["code"]
    return {**WORDS, **values, "slug": cast.own["slug"]}



def ask(cast: Cast, rule: str, method: str, values: dict[str, str], client: FlaskClient) -> Any:
    path = address(rule, values)
    if rule.startswith("/api/v1/"):
        body = BODY_OF.get((method, rule.removeprefix("/api/v1")), lambda cast: {})(cast)
        return client.open(path, method=method, json=body if method != "GET" else None, query_string=QUERY_OF.get(rule, ""),
                           headers={"Authorization": f"Bearer {cast.api.token}"})
    token = {"token": cast.rows["order_token"]} if rule.startswith("/b/") or "/orders/" in rule else {}
    if rule.startswith("/api/storefront/"):
        body = BODY_OF.get((method, rule.removeprefix("/api/storefront/v1/<slug>")), lambda cast: {})(cast)
        return client.open(path, method=method, json=body if method != "GET" else None, query_string=token, headers={"Idempotency-Key": path})
    form = FORM_OF.get(rule, lambda cast: {})(cast)
    return client.open(path, method=method, data=form if method == "POST" else None, query_string=token)


BODY_OF: dict[tuple[str, str], Any] = {
    ("POST", "/flagship-sources/<id>/areas"): lambda cast: {"areas": [{"province": "上海", "city": "上海", "district": "静安区", "province_id": 2, "city_id": 2,
                                                                      "district_id": 2}]},
    ("POST", "/customers/<id>/transfer"): lambda cast: {"guide_id": cast.shop.guide["id"]},
    ("POST", "/guides/<id>/move"): lambda cast: {"store_id": cast.shop.store["id"]},
    ("POST", "/orders/<id>/refunds"): lambda cast: {"lines": []},
    ("POST", "/after-sales/<id>/reject"): lambda cast: {"answer": "x"},
    ("POST", "/refunds/<id>/settle-otherwise"): lambda cast: {"reference": "x"},
    ("PATCH", "/flagship-days/<id>/lines/<line_id>"): lambda cast: {"handled": True, "note": "x"},
    ("POST", "/withdrawals/<id>/reject"): lambda cast: {"reason": "x"},
    ("POST", "/attribution-disputes/<id>/accept"): lambda cast: {"answer": "x"},
    ("POST", "/attribution-disputes/<id>/refuse"): lambda cast: {"answer": "x"},
    ("POST", "/sale-holds/<id>/clear"): lambda cast: {},
    ("POST", "/sale-holds/<id>/uphold"): lambda cast: {"note": "x"},
    ("POST", "/sale-holds/<id>/hold"): lambda cast: {},
    ("POST", "/guides/<id>/referrer"): lambda cast: {"referrer_id": cast.shop.guide["id"]},
    ("POST", "/payout-runs/<id>/payouts/<payout_id>/fail"): lambda cast: {"reason": "x"},
    ("POST", "/orders/<number>/after-sales"): lambda cast: {"kind": "refund_only", "reason": "x"},
    ("POST", "/orders/<number>/after-sales/<after_sale_id>/return-parcel"): lambda cast: {"carrier": "x", "tracking_no": "1"},
    ("POST", "/after-sales/<id>/return-parcel"): lambda cast: {"carrier": "x", "tracking_no": "1"},
}
FORM_OF: dict[str, Any] = {
    "/console/guides/<guide_id>/move": lambda cast: {"store_id": cast.shop.store["id"]},
    "/console/withdrawals/<withdrawal_id>/reject": lambda cast: {"reason": "x"},
    "/console/pins/<product_id>": lambda cast: {"go": "off"},
    "/guide/shelf/<product_id>": lambda cast: {"go": "up"},
}
"""What else a form must say before its row is looked for."""
PERIOD = "from=2026-10-31T16:00:00Z&to=2026-11-30T16:00:00Z"
QUERY_OF = {f"/api/v1/payees/<id>/statement{form}": PERIOD for form in ("", ".csv", ".pdf")}


def test_another_brands_rows_are_not_found(app: Application, cast: Cast) -> None:
    seen = []
    for rule, method in routes(app):
        values = foreign(rule.rule, cast)
        if values is None or rule.rule.startswith("/platform"):
            continue
        answer = ask(cast, rule.rule, method, values, cast.for_rule(rule.rule))
        if answer.status_code != 404:
            seen.append((method, rule.rule, answer.status_code, answer.headers.get("Location")))
    assert not seen


def test_a_shopper_who_is_signed_in_finds_nothing_of_other_shoppers(app: Application, cast: Cast) -> None:
    """Neither in her own shop nor, as a customer of it, in the shop the rows are of."""
    seen = []
    for brand in (cast.brand_a, cast.brand_b):
        token = a_shopper_token(app.database, brand, "+8613911112222", NOON)
        for rule, method in routes(app):
            if rule.rule.startswith("/api/storefront/") and "<number>" in rule.rule:
                values = {name: cast.rows[str(kind_of(rule.rule, name))] for name in arguments(rule.rule)} | {"slug": brand.slug}
                body = BODY_OF.get((method, rule.rule.removeprefix("/api/storefront/v1/<slug>")), lambda cast: {})(cast)
                answer = cast.nobody.open(address(rule.rule, values), method=method, json=body if method != "GET" else None,
                                          headers={"Authorization": f"Bearer {token}", "Idempotency-Key": rule.rule})
                seen.append((method, rule.rule, answer.status_code))
    assert len(seen) == 12 and {status for *_, status in seen} == {404}, seen


def test_bodies_do_not_reach_another_brand(cast: Cast) -> None:
    """Ids inside what is sent, not in the address."""
    rows, own = cast.rows, cast.shop
    sent = [
        ("/org-units", {"kind": "store", "name": "x", "code": "X1", "parent_id": rows["org_unit"]}),
        ("/coupons", {"code": "X30", "amount": 100, "ends_at": "2027-01-01T00:00:00Z", "owner_id": rows["guide"]}),
        ("/guides", {"name": "x", "phone": "13800138000", "store_id": rows["org_unit"]}),
        (f"/guides/{own.guide['id']}/move", {"store_id": rows["org_unit"]}),
        (f"/guides/{own.guide['id']}/leave", {"successor_id": rows["guide"]}),
        ("/invite-codes", {"store_id": rows["org_unit"], "expires_at": "2026-12-01T00:00:00Z"}),
        ("/share-links", {"guide_id": rows["guide"]}),
        ("/share-links", {"guide_id": own.guide["id"], "product_id": rows["product"]}),
        ("/quotes", {"guide_id": rows["guide"], "lines": [{"variant_id": own.variant["id"], "quantity": 1}]}),
        ("/quotes", {"guide_id": own.guide["id"], "lines": [{"variant_id": rows["variant"], "quantity": 1}]}),
        ("/sync-runs", {"source_id": rows["flagship_source"]}),
        ("/split-plans", {"scope": {"store_id": rows["org_unit"]}, "shares": [{"role": "store", "rate_bp": 100}]}),
        ("/split-plans", {"shares": [{"role": "store", "rate_bp": 100, "payee_id": rows["payee"]}]}),
        *(("/commission-rules", {"scope": {name: rows[kind]}, "rate_bp": 100})
          for name, kind in (("product_id", "product"), ("variant_id", "variant"), ("guide_id", "guide"), ("store_id", "org_unit"))),
    ]
    for path, body in sent:
        cast.api.post(path, body, status=404)
    cast.api.patch(f"/products/{own.product['id']}", {"substitute_id": rows["product"]}, status=404)


def test_lists_hold_own_rows_only(app: Application, cast: Cast) -> None:
    foreign_ids = set(cast.rows.values()) - {cast.brand_b.slug, str(cast.brand_b.id)}
    for rule, method in routes(app):
        if rule.rule.startswith("/api/v1/") and method == "GET" and not arguments(rule.rule):
            text = cast.api.raw("GET", rule.rule.removeprefix("/api/v1")).get_data(as_text=True)
            assert not [one for one in foreign_ids if one in text], rule.rule


def test_nobody_gets_in_without_signing_in(app: Application, cast: Cast) -> None:
    seen = []
    for rule, method in routes(app):
        values = {**cast.rows, **{name: cast.rows.get(str(kind_of(rule.rule, name)), "x") for name in arguments(rule.rule)}}
        path = address(rule.rule, values)
        if PUBLIC.fullmatch(path):
            continue
        answer = app.test_client().open(path, method=method)
        to_sign_in = answer.status_code in (302, 303) and answer.headers["Location"].split("?")[0].endswith("/sign-in")
        if answer.status_code != 401 if path.startswith("/api/") else not to_sign_in:
            seen.append((method, rule.rule, answer.status_code))
    assert not seen


def test_one_surface_does_not_open_another(app: Application, cast: Cast) -> None:
    """A brand's owner is nobody on the platform, a guide nobody in the console."""
    for client, start in ((cast.console, "/platform"), (cast.guide, "/console"), (cast.guide, "/platform"), (cast.console, "/guide")):
        for rule, method in routes(app):
            path = address(rule.rule, {**cast.rows, **dict.fromkeys(arguments(rule.rule), "1")})
            if rule.rule.startswith(start) and not PUBLIC.fullmatch(path):
                assert client.open(path, method=method).status_code in (302, 303), (method, rule.rule)
