"""A JD shop under test: always our double, and beside it the referees' emulator where REFEREES names their folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from app.domain.catalog.ports import Answer, Checkpoint, FlagshipUnreachable, ListedGroup, ListedVariant, Read, RemovedItem, Talk, UnreadableItem
from app.gateways.flagship.retrying import Patience, Retry
from app.gateways.jd.gateway import Gateway, now_utc
from app.gateways.jd.limits import Limits
from app.gateways.jd.oauth import App, OAuth
from app.gateways.jd.pop import PopShop
from app.gateways.jd.tokens import Tokens
from app.gateways.talking import HttpTalk
from tests.gateways.doubles.jd_double import JdDouble, Lost, serve
from tests.gateways.doubles.jd_double_goods import Thing, products

KEY, SECRET = "testkey", "testsecret"
EMULATOR = Path(os.environ.get("REFEREES", "/nowhere")) / "flagship" / "emulator" / "jd_emulator.py"


@dataclass
class Sealed:
    """Secrets in memory, as they lie at rest."""

    values: dict[str, str]
    kept: int = 0

    def read(self) -> dict[str, str]:
        return dict(self.values)

    def keep(self, **renewed: str) -> None:
        self.values.update(renewed)
        self.kept += 1


def impatient(tries: int = 6) -> Retry:
    return Retry(Patience(tries=tries), sleep=lambda _: None)


@dataclass
class Shop:
    """`url` is the gateway's origin; the control plane is the same for double and emulator."""

    url: str
    secrets: Sealed
    talk: Talk = field(default_factory=lambda: HttpTalk(allow_private=True))

    @property
    def app(self) -> App:
        return App(KEY, SECRET, f"{self.url}/routerjson")

    def tokens(self, *, talk: Talk | None = None, lock: Any = nullcontext, clock: Any = now_utc) -> Tokens:
        return Tokens(self.secrets, OAuth(self.app, talk or self.talk), lock, clock, impatient())

    def gateway(self, *, merchant: bool = True, talk: Talk | None = None, tries: int = 6, **more: Any) -> Gateway:
        more = {"limits": Limits(usual=10_000), "sleep": lambda _: None, "app": self.app, **more}
        return Gateway(talk=talk or self.talk, tokens=self.tokens() if merchant else None, retry=impatient(tries), **more)

    def pop(self, **more: Any) -> PopShop:
        return PopShop(self.gateway(**more))

    def control(self, what: str, told: Any = None) -> Any:
        body = json.dumps(told).encode() if told is not None else None
        with urllib.request.urlopen(urllib.request.Request(f"{self.url}/_emu/{what}", body), timeout=10) as answer:
            return json.loads(answer.read() or b"{}")

    def fault(self, kind: str, method: str = "*", **more: Any) -> None:
        self.control("faults", [{"kind": kind, "method": method, **more}])

    def scenario(self, action: str, **more: Any) -> None:
        self.control("scenario", {"action": action, **more})

    def calls(self, method: str) -> int:
        return sum(entry["method"] == method for entry in self.control("log"))

    def live(self) -> dict[str, Thing]:
        """SKU id → price, stock and ware of what the shop lists now."""
        return {str(sku["skuId"]): {**sku, "ware": ware} for ware in self.control("state")["wares"] if not ware["deleted"] for sku in ware["skus"]}


__all__ = ["InProcess", "Open", "Sealed", "Seen", "Shop", "expected_prices", "jd", "products", "read", "read_until_broken"]
Open = Callable[..., Shop]


@pytest.fixture(params=["double", "emulator"])
def jd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens a shop with these goods and options: qps, max_page, price_as_string, refresh_rotates, skew, token_ttl; thin and
    late_cancel only the double knows."""
    if request.param == "emulator" and not EMULATOR.exists():
        pytest.skip("the referees' emulator is not here (REFEREES)")
    with ExitStack() as stack:
        def opened(goods: Thing | Path | None = None, **options: Any) -> Shop:
            goods = products() if goods is None else goods
            if request.param == "double":
                told = json.loads(goods.read_text()) if isinstance(goods, Path) else goods
                return authorised(stack.enter_context(serve(JdDouble(told, app_key=KEY, app_secret=SECRET, **options))))
            if "thin" in options or "late_cancel" in options:
                pytest.skip("the emulator cannot do that")
            return authorised(stack.enter_context(emulator(goods, tmp_path, options)))

        yield opened


class emulator:
    def __init__(self, goods: Thing | Path, folder: Path, options: Thing) -> None:
        path = goods if isinstance(goods, Path) else folder / "goods.json"
        if not isinstance(goods, Path):
            path.write_text(json.dumps(goods), encoding="utf-8")
        flags = ["--qps", "0"] if "qps" not in options else []
        for name, value in options.items():
            flags += [f"--{name.replace('_', '-')}", *([] if value is True else [str(value)])]
        self.command = [sys.executable, str(EMULATOR), "--port", "0", "--products", str(path), "--app-key", KEY, "--app-secret", SECRET, *flags]

    def __enter__(self) -> str:
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        first = self.process.stdout.readline()
        return first.split()[2]

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


def authorised(url: str) -> Shop:
    """The owner of the shop gives her permission, as she would in a browser."""
    shop = Shop(url, Sealed({"app_secret": SECRET}))
    oauth = OAuth(shop.app, shop.talk)
    answer = shop.talk("GET", oauth.authorise_url(redirect_uri="http://127.0.0.1/back", state="s1"))
    back = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
    assert answer.status == 302 and back["state"] == "s1"
    grant = oauth.exchange(back["code"], redirect_uri="http://127.0.0.1/back", now=now_utc())
    shop.secrets.values |= {"access_token": grant.access_token, "refresh_token": grant.refresh_token}
    return shop


@dataclass
class InProcess:
    """Talk without a network, for tests with hundreds of runs."""

    double: JdDouble

    def __call__(self, method: str, url: str, *, headers: Any = None, body: bytes = b"", seconds: float = 30.0, max_bytes: int = 0) -> Answer:
        parts = urlsplit(url)
        if parts.path.startswith("/oauth"):
            return Answer(200, {}, json.dumps(self.double.grant(dict(parse_qsl(parts.query)))).encode())
        try:
            status, told = self.double.take(dict(parse_qsl(body.decode())))
        except Lost:
            raise FlagshipUnreachable("timeout", "旗舰店的网址太久没有回答", unsure=True) from None
        return Answer(status, {}, told)


@dataclass
class Seen:
    """A reading as the sync takes it: the later word about an id counts."""

    variants: dict[str, ListedVariant | UnreadableItem] = field(default_factory=dict)
    groups: dict[str, set[str]] = field(default_factory=dict)
    nameless: list[UnreadableItem] = field(default_factory=list)
    cursors: list[str] = field(default_factory=list)

    def take(self, one: Read) -> None:
        if isinstance(one, ListedVariant | UnreadableItem):
            if not one.external_id:
                self.nameless.append(one)
            else:
                self.variants[one.external_id] = one
                self.groups.setdefault(getattr(one, "group_id", ""), set()).add(one.external_id)
        elif isinstance(one, ListedGroup):
            for gone in self.groups.get(one.group_id, set()) - one.external_ids:
                self.variants.pop(gone, None)
        elif isinstance(one, RemovedItem):
            self.variants.pop(one.external_id, None)
        elif isinstance(one, Checkpoint):
            self.cursors.append(one.cursor)

    def prices(self) -> dict[str, int]:
        return {key: one.price_minor for key, one in self.variants.items() if isinstance(one, ListedVariant)}


def read(shop: PopShop, *, cursor: str = "", into: Seen | None = None) -> Seen:
    seen = into or Seen()
    for one in shop.list_items(currency="CNY", cursor=cursor):
        seen.take(one)
    return seen


def read_until_broken(shop: PopShop, *, cursor: str = "", into: Seen | None = None) -> Seen:
    """As far as it comes."""
    seen = into or Seen()
    with suppress(FlagshipUnreachable):
        read(shop, cursor=cursor, into=seen)
    return seen


def expected_prices(shop: Shop) -> dict[str, int]:
    return {key: round(float(sku["price"]) * 100) for key, sku in shop.live().items()}


