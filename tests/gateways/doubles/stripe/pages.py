"""The two pages that Stripe hosts, for a browser: paying, and signing up. Each has a form with buttons named `outcome`."""

from __future__ import annotations

import html

from . import accounts, checkout
from .refusals import Json, Refusal
from .world import World

Page = tuple[int, str]
"""200 and HTML, or 303 and where to go."""


def show(world: World, method: str, path: str, given: Json) -> Page:
    _, _, kind, token = (path.split("/") + ["", "", ""])[:4]
    if kind == "checkout":
        return _checkout(world, method, token, given)
    if kind == "onboard":
        return _onboard(world, method, token, given)
    raise Refusal("no such page", status=404)


def _checkout(world: World, method: str, token: str, given: Json) -> Page:
    session, outcome = world.get("checkout.session", token), given.get("outcome", "paid")
    if method == "POST" and outcome == "cancel":
        return 303, session["cancel_url"] or session["success_url"]
    if method == "POST" and session["status"] == "open":
        checkout.complete(world, token, method=given.get("method", ""), outcome=outcome)
        if session["status"] == "complete":
            return 303, session["success_url"].replace("{CHECKOUT_SESSION_ID}", token)
    if session["status"] != "open":
        return 200, _page("Checkout", [f"This session is {session['status']}."], {})
    lines = [f"{line.get('quantity', 1)} × {line['price_data']['product_data']['name']}" for line in session["_lines"]]
    total = f"{session['amount_total'] / 100:.2f} {session['currency'].upper()}"
    return 200, _page("Checkout", [*lines, total], {"paid": "Pay", "declined": "Pay, declined", "cancel": "Back"}, session["payment_method_types"])


def _onboard(world: World, method: str, token: str, given: Json) -> Page:
    """A link opens once; who comes later is sent for a new one."""
    link, outcome = world.get("link", token), given.get("outcome", "complete")
    if method == "POST":
        if outcome != "leave":
            accounts.onboard(world, link["_account"], outcome)
        return 303, link["_back"]
    if link["_used"] or link["_ends"] <= world.now():
        return 303, link["_again"]
    link["_used"] = True
    return 200, _page("Onboarding", [link["_account"]], {"complete": "Finish", "pending": "Submit, under review", "leave": "Leave"})


def _page(title: str, lines: list[str], buttons: dict[str, str], methods: list[str] | None = None) -> str:
    said = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    choice = "".join(f'<label><input type="radio" name="method" value="{one}"{"" if at else " checked"}> {one}</label> ' for at, one in enumerate(methods or []))
    keys = " ".join(f'<button name="outcome" value="{value}">{text}</button>' for value, text in buttons.items())
    return (f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
            f'<h1>{title} (played)</h1>{said}<form method="post">{choice}<p>{keys}</p></form></html>')
