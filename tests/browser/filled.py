"""A brand with something on every page, made through the API and the real flows; ids by name for tests.browser.pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.domain.brands.models import Brand, Operator
from app.domain.brands.queries import settings_of
from app.domain.guides.actions import set_referrer
from app.domain.guides.inviting import invite_recruit
from app.domain.guides.models import Guide, InviteCode
from app.domain.people.models import Account
from app.flows.join_by_code import join_by_code
from app.kernel.tenancy import BrandSession
from app.web.shared.activation import activation_url
from tests.browser.live import Live
from tests.builders.brands import PASSWORD_HASH, a_brand
from tests.builders.callers import Caller, a_token, order_body
from tests.builders.everything import everything
from tests.builders.people import a_guide, a_unit

OPERATOR = "ops@platform.example"


@dataclass(frozen=True)
class Filled:
    """`ids` fill the addresses; the three sign in with the tests' password."""

    ids: dict[str, str]
    owner: str
    guide: str
    waiting: str


def a_full_brand(live: Live) -> Filled:
    slug = "full"
    brand = a_brand(live.app.database, slug=slug, now=live.clock.now)
    caller = Caller(live.app.test_client(), a_token(live.app.database, brand), brand)
    ids = everything(live.app, caller, live.clock)
    live.pass_days(21)
    _orders(caller, ids)
    people = _people(live, brand, ids)
    return Filled({**ids, **people, "month": "2026-12"}, f"owner@{slug}.example", people["guide_phone"], people["waiting_phone"])


def an_empty_brand(live: Live) -> Filled:
    """Opened a minute ago; one guide, so that somebody can look at the guide app."""
    brand = a_brand(live.app.database, slug="bare", now=live.clock.now)
    with live.app.database.transaction(brand.id) as session:
        guide = a_guide(session, a_unit(session), now=live.clock.now, password=True)
        return Filled({"slug": "bare"}, "owner@bare.example", guide.phone, "")


def an_operator(live: Live) -> str:
    with live.app.database.transaction(operator=True) as session:
        session.add(Operator(email=OPERATOR, name="平台运营", password_hash=PASSWORD_HASH))
    return OPERATOR


def _orders(caller: Caller, ids: dict[str, str]) -> None:
    """One of each: unpaid, paid, sent, received with a partial refund, cancelled."""
    unpaid, paid, sent, received, cancelled = (_order(caller, ids, f"full {number}", number) for number in range(1, 6))
    ids["payment"], ids["unpaid_token"] = re.findall(r"/pay/([^?]+)\?token=(.+)$", unpaid["payment"]["url"])[0]
    for one in (paid, sent, received):
        caller.client.post(one["payment"]["url"], json={"outcome": "succeed"})
    for one in (sent, received):
        caller.post(f"/orders/{one['order']['id']}/ship", {"carrier": "顺丰速运", "tracking_no": "SF1234567890"})
    caller.post(f"/orders/{received['order']['id']}/deliver", status=200)
    whole = caller.get(f"/orders/{received['order']['id']}")
    caller.post(f"/orders/{received['order']['id']}/refunds", {"lines": [{"line_id": whole["lines"][0]["id"], "amount": 1000}], "reason": "轮子有划痕"})
    caller.post(f"/orders/{cancelled['order']['id']}/cancel", {"reason": "顾客不要了"}, status=200)
    ids["paid_order"], ids["order"] = paid["order"]["id"], received["order"]["id"]
    ids["order_number"], ids["order_token"] = received["order"]["number"], received["order"]["token"]


def _order(caller: Caller, ids: dict[str, str], key: str, quantity: int) -> Any:
    answer = caller.client.post(f"/api/storefront/v1/{ids['slug']}/orders", headers={"Idempotency-Key": key},
                                json=order_body(ids["variant"], quantity, share_code=ids["share_code"]))
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return answer.json


def _people(live: Live, brand: Brand, ids: dict[str, str]) -> dict[str, str]:
    """The guide can sign in, another waits, and two links wait to be opened."""
    with live.app.app_context(), live.app.database.transaction(brand.id) as session:
        guide = session.scalars(select(Guide).where(Guide.id == ids["guide"])).one()
        assert guide.account
        _team(session, brand, guide, live)
        tokens = {"guide_token": activation_url("guide", guide.account)}
        guide.account.password_hash = PASSWORD_HASH
        owner = session.scalars(select(Account).where(Account.role == "owner")).one()
        tokens["account_token"] = activation_url("console", owner)
        invite = session.scalars(select(InviteCode).where(InviteCode.id == ids["invite_code"])).one()
        invite.expires_at = live.clock.now + timedelta(days=7)
        invite.max_uses = 5
        waiting = join_by_code(session, brand_id=brand.id, code=invite.code, name="赵一帆", phone="13900001234", password_hash=PASSWORD_HASH,
                               now=live.clock.now)
        return {**{name: Path(url).name for name, url in tokens.items()}, "guide_phone": guide.phone, "waiting_phone": waiting.phone,
                "invite_code_text": invite.code}


def _team(session: BrandSession, brand: Brand, guide: Guide, live: Live) -> None:
    """Two levels are on, she has brought somebody in, and her own invitation is open."""
    settings = settings_of(session, brand_id=brand.id)
    settings.two_levels = settings.guides_invite = True
    recruit = a_guide(session, guide.store, "何敏", now=live.clock.now)
    set_referrer(session, brand_id=brand.id, guide_id=recruit.id, referrer_id=guide.id)
    invite_recruit(session, brand_id=brand.id, inviter=guide, now=live.clock.now)
