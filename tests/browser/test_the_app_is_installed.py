"""Chromium finds the guide app installable; without a connection it says so, and shows no figure of yesterday."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.filled import an_empty_brand
from tests.browser.live import Live
from tests.browser.visitor import Visitor
from tests.builders.brands import PASSWORD

pytestmark = pytest.mark.browser
READY = "() => navigator.serviceWorker.ready.then((one) => new Promise((done) => { const at = () => one.active.state === 'activated' ? done(one.scope) : setTimeout(at, 50); at(); }))"
KEPT = """() => caches.keys().then((names) => Promise.all(names.map((name) => caches.open(name).then((one) => one.keys()))))
    .then((all) => all.flat().map((one) => new URL(one.url).pathname))"""


@pytest.fixture
def guide(visit: Visit, live: Live) -> Visitor:
    one = visit("phone")
    phone = an_empty_brand(live).guide
    one.open("/guide/sign-in")
    one.page.evaluate("() => caches.open('guide-of-last-year').then((kept) => kept.put('/guide/earnings', new Response('¥999')))")
    one.fill(login=phone, password=PASSWORD)
    one.press("登录")
    return one


def test_installable_offline_and_forgotten(guide: Visitor, live: Live) -> None:
    page = guide.page
    assert page.evaluate(READY) == f"{live.address}/guide/"
    browser = guide.context.new_cdp_session(page)
    assert browser.send("Page.getInstallabilityErrors")["installabilityErrors"] in ([], [{"errorId": "in-incognito", "errorArguments": []}])
    told = browser.send("Page.getAppManifest")
    assert told["errors"] == [] and told["url"].endswith("/manifest.webmanifest")

    guide.open("/guide/earnings")
    kept = page.evaluate(KEPT)
    assert page.evaluate("() => caches.keys().then((names) => names.length)") == 1, "what an older worker kept is gone"
    assert kept and all(one.startswith(("/static/", "/guide/offline/")) for one in kept), kept

    guide.context.set_offline(True)
    page.goto(f"{live.address}/guide/earnings", wait_until="load")
    expect(page.locator("body")).to_contain_text("现在连不上网络")
    assert "¥" not in page.inner_text("body")
    assert page.evaluate("() => getComputedStyle(document.querySelector('.card')).borderRadius") != "0px", "its styles are kept too"
    guide.context.set_offline(False)
    guide.faults.clear()
    guide.press("再试一次")
    guide.sees("今天预估")

    guide.open("/guide/me")
    guide.press("退出登录")
    page.wait_for_function("() => caches.keys().then((names) => names.length === 0)")
    assert page.evaluate("() => navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
