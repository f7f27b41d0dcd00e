"""The README's pictures, taken from the sample brand as it runs: python -m scripts.screenshots http://127.0.0.1:8000 (needs pdftoppm)

Reduced to a palette, so that they are small enough to keep.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from app.config import ROOT
from demo.brand import PASSWORD
from demo.people import HEADQUARTERS, roster
from demo.told import FOUR_FUNDERS, told_deals

OUT = ROOT / "docs" / "pictures"
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost"]
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
DESK: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
LIMIT = 200_000
CASE = "登机箱"
TAXED = "柏舟"
FOUR_FUNDED = next(deal.buyer.contact["name"] for deal in told_deals() if deal.coupons == FOUR_FUNDERS)


def main(address: str) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        with _page(browser, address, DESK) as page:
            console(page)
        with _page(browser, address, PHONE) as page:
            link = guide(page)
        with _page(browser, address, PHONE) as page:
            _shoot(page, _path(link), "share")
        browser.close()


def console(page: Page) -> None:
    _sign_in(page, "console", HEADQUARTERS[0].email)
    _shoot(page, "/console/", "console-home")
    page.goto("/console/sources")
    page.locator("main table a[href*='/runs/']").last.click()
    page.wait_for_url(re.compile("/runs/"))
    _shoot(page, page.url, "console-sync")
    page.goto(f"/console/orders?q={FOUR_FUNDED}")
    _shoot(page, page.locator("main tbody tr").last.locator("a").first.get_attribute("href") or "", "console-order")
    _shoot(page, "/console/groups", "console-groups")
    _shoot(page, "/console/tasks", "console-tasks")
    _open(page, "/console/holds", "main tbody a[href*='/console/holds/']", "console-hold")
    _shoot(page, "/console/payouts", "console-payouts")
    _shoot(page, "/console/margins", "console-margins")
    _open(page, "/console/reconciliation", "main table a[href*='/reconciliation/']", "console-reconciliation")
    page.goto(f"/console/payees?q={TAXED}")
    payee = (page.locator("main tbody a[href*='/payees/']").first.get_attribute("href") or "").rpartition("/")[2]
    _keep("statement", _first_page(page.context.request.get(f"/console/statements/{payee}.pdf").body()))


def guide(page: Page) -> str:
    """Her pages; the address of her link to a case."""
    _sign_in(page, "guide", roster()[0].phone)
    _shoot(page, "/guide/", "guide-today")
    _shoot(page, "/guide/follow-ups", "guide-follow-ups")
    _shoot(page, "/guide/groups", "guide-groups")
    _shoot(page, "/guide/earnings", "guide-earnings")
    _shoot(page, "/guide/withdraw", "guide-withdraw")
    page.goto(f"/guide/products?q={CASE}")
    sheet = page.locator("section.gs a[href*='/guide/products/']").first.get_attribute("href")
    page.goto((sheet or "").partition("#")[0])
    link = page.locator(".copy code").first.inner_text()
    _keep("poster", page.context.request.get(f"{_path(link)}/poster.png").body())
    return link


@contextmanager
def _page(browser: Browser, address: str, size: dict[str, Any]) -> Iterator[Page]:
    context = browser.new_context(base_url=address, locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce", **size)
    yield context.new_page()
    context.close()


def _sign_in(page: Page, surface: str, login: str) -> None:
    page.goto(f"/{surface}/sign-in")
    page.fill("[name=login]", login)
    page.fill("[name=password]", PASSWORD)
    with page.expect_navigation():
        page.locator("main button[type=submit]").click()


def _open(page: Page, address: str, link: str, name: str) -> None:
    """The first thing of a list."""
    page.goto(address)
    _shoot(page, page.locator(link).first.get_attribute("href") or "", name)


def _first_page(pdf: bytes) -> bytes:
    return subprocess.run(["pdftoppm", "-png", "-r", "80", "-f", "1", "-l", "1"], input=pdf, capture_output=True, check=True).stdout


def _path(address: str) -> str:
    """The address without its host: links carry the public one, the pictures are taken from this one."""
    return re.sub(r"^https?://[^/]+", "", address)


def _shoot(page: Page, address: str, name: str) -> None:
    """The first screen of a page, once its pictures are there."""
    if address:
        page.goto(address)
    page.evaluate("Promise.all([...document.images].filter((one) => one.loading !== 'lazy').map((one) => one.decode().catch(() => 0)))")
    page.wait_for_timeout(300)
    _keep(name, page.screenshot())


def _keep(name: str, content: bytes) -> None:
    """As a palette picture: k-means keeps both a small red badge and the soft light behind a product."""
    picture = Image.open(io.BytesIO(content)).convert("RGB")
    target: Path = OUT / f"{name}.png"
    picture.quantize(256, method=Image.Quantize.MAXCOVERAGE, kmeans=3, dither=Image.Dither.NONE).save(target, optimize=True)
    size = target.stat().st_size
    print(f"{target.relative_to(ROOT)}  {picture.width}×{picture.height}  {size // 1000} kB")
    if size > LIMIT:
        sys.exit(f"{name} is larger than {LIMIT // 1000} kB")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
