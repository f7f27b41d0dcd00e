"""Somebody with a browser: every page she comes to is examined the moment it is there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Response, expect

from app.config import ROOT
from tests.browser.live import Live

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost")
WECHAT = ("Mozilla/5.0 (Linux; Android 13; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0 Mobile Safari/537.36 "
          "MicroMessenger/8.0.49 NetType/WIFI Language/zh_CN")
SIZES = {
    "phone": {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 1, "is_mobile": True, "has_touch": True, "user_agent": WECHAT},
    "desk": {"viewport": {"width": 1440, "height": 900}},
}
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
RUN_AXE = """(tags) => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']}).then((found) =>
    found.violations.map((one) => ({id: one.id, help: one.help, where: one.nodes.slice(0, 4).map((node) => node.target.join(' ') + ' :: ' + node.html.slice(0, 160)
        + ' :: ' + (node.any[0] || node.all[0] || node.none[0] || {message: ''}).message)})))"""
WIDTHS = "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
WIDEST = """() => [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .slice(0, 5).map((one) => one.tagName + '.' + one.className + ' ' + Math.round(one.getBoundingClientRect().right))"""


class Visitor:
    """One browser profile with one tab. `size` is phone or desk."""

    def __init__(self, live: Live, context: BrowserContext, size: str, *, script: bool = True, language: str = "zh") -> None:
        self.live, self.context, self.size, self.script, self.language = live, context, size, script, language
        self.page: Page = context.new_page()
        self.page.set_default_timeout(15_000)
        self.faults: list[str] = []
        self.last_status = 200
        self._expected: tuple[int, ...] = ()
        self._listen(self.page)

    def _listen(self, page: Page) -> None:
        page.on("console", lambda message: self._heard(message.type, message.text))
        page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        page.on("requestfailed", lambda request: self._failed(request.url, request.failure or ""))
        page.on("response", self._answered)

    def _heard(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and "Failed to load resource" not in text:
            self.faults.append(f"console {kind}: {text}")

    def _failed(self, url: str, failure: str) -> None:
        if "ERR_ABORTED" not in failure:  # left the page while something was on its way; downloads
            self.faults.append(f"request failed: {url} {failure}")

    def _answered(self, response: Response) -> None:
        if response.request.is_navigation_request():
            self.last_status = response.status
        if response.status >= 400 and response.status not in self._expected:
            self.faults.append(f"{response.status} {response.request.method} {response.url}")

    @contextmanager
    def refused(self, status: int) -> Iterator[None]:
        """What is done inside is refused with this status, and the page says so."""
        self._expected = (status,)
        yield
        assert self.last_status == status, f"expected {status}, got {self.last_status} at {self.page.url}"
        self.examine()
        self._expected = ()

    def open(self, address: str) -> None:
        self.page.goto(address if address.startswith("http") else self.live.address + address, wait_until="load")
        self.examine()

    def press(self, name: str | re.Pattern[str], *, within: Locator | None = None, exact: bool = True) -> None:
        """A button or link by what is written on it; waits for the page it leads to."""
        self.lead(self._named(name, within, exact))

    def lead(self, what: Locator) -> None:
        """Press something that leads to another page."""
        with self.page.expect_navigation(wait_until="load"):
            self.touch(what)
        self.examine()

    def confirm(self, question: str, answer: str, *, within: Locator | None = None) -> None:
        """Press a button that first says what will happen, read it, agree."""
        box = (within or self.page).locator("details.cfm").filter(has=self.page.locator("summary", has_text=re.compile(rf"^\s*{re.escape(question)}\s*$")))
        box.locator("summary").first.click()
        self.lead(box.get_by_role("button", name=answer, exact=True).first)

    def touch(self, what: Locator) -> None:
        what.tap() if self.size == "phone" and self.script else what.click()

    def fill(self, **values: str) -> None:
        """Fields by name."""
        for name, value in values.items():
            where = self.page.locator(f'main [name="{name}"]').first
            if where.evaluate("(one) => one.tagName") == "SELECT":
                where.select_option(value)
            else:
                where.fill(value)

    def choose(self, name: str, label: str) -> None:
        """An option of a list by the beginning or any part of its text."""
        box = self.page.locator(f'main select[name="{name}"]').first
        text = next(one for one in box.locator("option").all_text_contents() if label in one)
        box.select_option(label=text)

    def sees(self, *texts: str) -> None:
        for text in texts:
            expect(self.page.locator("body")).to_contain_text(text, use_inner_text=True)

    def text(self, where: str = "main") -> str:
        return self.page.locator(where).first.inner_text()

    def _named(self, name: str | re.Pattern[str], within: Locator | None, exact: bool) -> Locator:
        root = within or self.page.locator("body")
        exactly = exact and isinstance(name, str)
        buttons = root.get_by_role("button", name=name, exact=exactly)
        return buttons.or_(root.get_by_role("link", name=name, exact=exactly)).filter(visible=True).first

    def examine(self) -> None:
        """Loaded without a fault, not wider than the window, and readable by everyone (each page once)."""
        self.page.wait_for_load_state("load")
        address = self.page.url
        if self.script:
            self._not_too_wide(address)
            self._accessible(address)
        assert not self.faults, f"{address} at {self.size} size: {self.faults}"

    def _not_too_wide(self, address: str) -> None:
        wide, there = self.page.evaluate(WIDTHS)
        assert wide <= there, f"{address} scrolls sideways at {self.size} size: {wide} > {there}: {self.page.evaluate(WIDEST)}"

    def _accessible(self, address: str) -> None:
        if urlsplit(address).path == "/api/docs":
            self.page.locator(".opblock").first.wait_for()
            return  # what Swagger UI draws is its own
        key = (self.live.endpoint(urlsplit(address).path), self.size, self.language, str(self.last_status))
        if key in self.live.seen:
            return
        self.live.seen.add(key)
        found = self.violations()
        assert not found, f"{address} at {self.size} size: {json.dumps(found, ensure_ascii=False, indent=1)}"

    def violations(self) -> list[dict[str, object]]:
        """WCAG 2.2 AA, as far as a program can tell."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        return list(self.page.evaluate(RUN_AXE, list(TAGS)))


@contextmanager
def visiting(live: Live, browser: Browser, size: str, *, script: bool = True, language: str = "zh") -> Iterator[Visitor]:
    context = browser.new_context(locale="zh-CN" if language == "zh" else "en-US", timezone_id="Asia/Shanghai", java_script_enabled=script,
                                  reduced_motion="reduce", accept_downloads=True, **SIZES[size])  # type: ignore[arg-type]
    try:
        yield Visitor(live, context, size, script=script, language=language)
    finally:
        context.close()
