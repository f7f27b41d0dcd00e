"""Inside WeChat a share page sets its own card: here is what the JS-SDK of this very address is signed with."""

from __future__ import annotations

import secrets

from flask import Response, request

from app.domain.sharing.wechat_keys import signature
from app.flows.ask_wechat import js_ticket
from app.kernel.errors import NotFound
from app.web.shared.application import app, now
from app.web.shared.json import json_response
from app.web.shared.serving import db

from .blueprint import shop

LONGEST = 2000


@shop.get("/s/<code>/wechat-config")
def wechat_config(code: str) -> Response:
    """?url=: the page's own address; ours alone is signed. 404 where no public account is set up, 204 while WeChat gives no ticket."""
    wechat, url = app().gateways.wechat, request.args.get("url", "")
    if wechat is None or not ours(url, code):
        raise NotFound("page", "wechat-config")
    db().rollback()  # the request has only read so far; no transaction stays open while WeChat is asked
    ticket = js_ticket(app().database, wechat, now=now())
    if ticket is None:
        return Response(status=204)
    nonce, timestamp = secrets.token_hex(8), int(now().timestamp())
    return json_response({"app_id": wechat.app_id, "timestamp": timestamp, "nonce": nonce,
                          "signature": signature(ticket=ticket, nonce=nonce, timestamp=timestamp, url=url)})


def ours(url: str, code: str) -> bool:
    """A page of this very link."""
    page = url.split("#", 1)[0].split("?", 1)[0]
    start = f"{app().settings.public_url}/s/{code}"
    return len(url) <= LONGEST and (page == start or page.startswith(f"{start}/"))
