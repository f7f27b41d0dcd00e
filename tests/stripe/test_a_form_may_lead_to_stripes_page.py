"""A browser holds `form-action` against redirects too: with Stripe in use a form of ours leads on to its pages, and nowhere else; without it, it does not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask, Response, redirect
from flask.typing import ResponseReturnValue
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from app.config import Settings, Stripe
from app.web.shared.safety import policy

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    """Another origin, as Stripe's page is."""
    site = Flask("elsewhere")
    site.add_url_rule("/page", view_func=lambda: "<title>there</title>", endpoint="page")
    server = make_server("127.0.0.1", 0, site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()


def ended_on(browser: Browser, settings: Settings, to: str) -> str:
    """The title of the page a form ends on whose post is answered by 303 to another origin."""
    site = Flask("ours")

    @site.get("/")
    def front() -> ResponseReturnValue:
        return Response("<title>here</title><form method=post action='/go'><button>pay</button></form>")

    site.add_url_rule("/go", view_func=lambda: redirect(f"{to}/page", 303), methods=["POST"], endpoint="go")

    @site.after_request
    def safe(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = "; ".join(f"{name} {value}" for name, value in policy(settings).items())
        return response

    server = make_server("127.0.0.1", 0, site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = browser.new_page()
    try:
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        page.click("button", no_wait_after=True)
        page.wait_for_timeout(700)
        return page.title()
    finally:
        page.close()
        server.shutdown()


def test_with_stripe_it_gets_there_and_without_it_is_held_back(settings: Settings, browser: Browser, elsewhere: str) -> None:
    assert ended_on(browser, replace(settings, stripe=Stripe("sk_test_x", elsewhere)), elsewhere) == "there"
    assert ended_on(browser, settings, elsewhere) == "here", "the twin: the policy of before holds the way to Stripe back"


def test_of_stripe_itself_all_its_pages_and_no_other(settings: Settings, browser: Browser, elsewhere: str) -> None:
    real = replace(settings, stripe=Stripe("sk_live_x"))
    assert policy(real)["form-action"] == "'self' https://*.stripe.com"
    assert ended_on(browser, real, elsewhere) == "here"
