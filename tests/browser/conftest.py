"""A live server, Chromium, and people who use it; skipped only where there is no Chromium and nobody insists."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.live import Live, running
from tests.browser.visitor import CHROMIUM, FLAGS, Visitor, visiting

Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists() and not os.environ.get("CI"):
        pytest.skip("no chromium here; `python -m scripts.browser` installs it")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), headless=True, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def live(postgres: Path) -> Iterator[Live]:
    with running(postgres) as server:
        yield server


@pytest.fixture
def visit(live: Live, browser: Browser) -> Iterator[Visit]:
    """visit(size, script=…, language=…): a new person with a browser of her own."""
    with ExitStack() as people:
        yield lambda size, **how: people.enter_context(visiting(live, browser, size, **how))


@pytest.fixture
def phone(visit: Visit) -> Visitor:
    """390 × 844, touch, the chat program's browser."""
    return visit("phone")


@pytest.fixture
def desk(visit: Visit) -> Visitor:
    """1440 × 900."""
    return visit("desk")
