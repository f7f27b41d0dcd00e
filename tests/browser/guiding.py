"""What a guide does on her phone."""

from __future__ import annotations

import re
import subprocess
from decimal import Decimal
from pathlib import Path

from tests.browser.headquarters import PASSWORD
from tests.browser.visitor import Visitor

AMOUNT = re.compile(r"[+−-]?\s?¥?\s?[\d,]+\.\d\d")


def join(guide: Visitor, address: str, name: str, phone: str) -> None:
    guide.open(address)
    guide.fill(name=name, phone=phone, password=PASSWORD, again=PASSWORD)
    guide.press("提交申请")
    guide.sees("正在等待审核")


def share(guide: Visitor, title: str) -> str:
    """Open the product's share sheet; the address of her own link."""
    guide.open("/guide/products")
    guide.lead(guide.page.get_by_role("link", name=title).first)
    return guide.page.locator(".copy code").inner_text()


def seen_in_picture(guide: Visitor, address: str, folder: Path) -> str:
    """What a phone's camera reads from a picture."""
    picture = folder / "picture.png"
    picture.write_bytes(guide.context.request.get(address).body())
    read = subprocess.run(["zbarimg", "--quiet", "--raw", str(picture)], check=True, capture_output=True, text=True)
    return read.stdout.strip()


def states(guide: Visitor) -> dict[str, str]:
    """The six amounts on top of her earnings, by their words."""
    guide.open("/guide/earnings")
    cells = guide.page.locator("nav.tabs6 a").all()
    return {cell.locator(".lb").inner_text().strip(): cell.locator("b").inner_text().strip() for cell in cells}


def amounts(texts: list[str]) -> list[Decimal]:
    """The last amount written in each text; − and - are minus."""
    found = [AMOUNT.findall(text)[-1] for text in texts]
    return [Decimal(re.sub(r"[^\d.\-]", "", one.replace("−", "-"))) for one in found]


def leave(guide: Visitor) -> None:
    guide.open("/guide/me")
    guide.press("退出登录")


def unfold(guide: Visitor) -> None:
    """Every line of the page, opened."""
    for line in guide.page.locator("details.ln").all():
        if line.get_attribute("open") is None:
            guide.touch(line.locator("summary"))
    guide.examine()
