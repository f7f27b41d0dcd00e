"""Her WeChat: she lets the public account know who she is, once, on WeChat's own page; from then on it sends her urgent notices."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from structlog import get_logger

from app.domain.notices import actions
from app.domain.notices.models import NoticeWish
from app.domain.notices.ports import WeChatMessages
from app.domain.notices.queries import wish_of
from app.domain.sharing.ports import WeChatRefused
from app.gateways.wechat.sandbox import CODE, PlayedWeChat
from app.kernel.errors import NotFound, Refused
from app.web.shared.application import app, roll_back
from app.web.shared.errors import says
from app.web.shared.serving import brand_id, db

from .blueprint import guide

ASKED = "wechat_asked"
log = get_logger()


@dataclass(frozen=True, slots=True)
class OwnWeChat:
    """`may_bind`: WeChat's page opens only inside WeChat; the played one anywhere."""

    bound: bool
    may_bind: bool
    played: bool


def wechat_of(wished: NoticeWish | None) -> OwnWeChat | None:
    """None where no account sends messages."""
    wechat = app().gateways.wechat_messages
    if wechat is None:
        return None
    played = isinstance(wechat, PlayedWeChat)
    bound = bool(wished and wished.openid and wished.wechat_app_id == wechat.app_id)
    return OwnWeChat(bound, played or "micromessenger" in request.user_agent.string.lower(), played)


@guide.post("/notices/wechat")
def bind_wechat() -> ResponseReturnValue:
    """On to WeChat, which leads her back with a code; the state proves that it was she who went, from this browser."""
    state = secrets.token_hex(16)
    cookie[ASKED] = {"state": state, "account": str(g.guide.account_id)}
    back = f"{app().settings.public_url}{url_for('guide.wechat_back')}"
    return redirect(_wechat().authorise_url(back=back, state=state), 303)


@guide.get("/notices/wechat/back")
def wechat_back() -> ResponseReturnValue:
    """A state is good once; a code without hers binds nobody."""
    wechat, asked, account_id = _wechat(), cookie.pop(ASKED, None), g.guide.account_id
    if not _is_hers(asked, str(account_id)):
        return _told(gettext("这次绑定已经过期，请再点一次“绑定微信”。"), "warn")
    code = request.args.get("code", "")
    if not code:
        return _told(gettext("你没有同意授权，微信没有绑定。"), "warn")
    roll_back()  # no transaction stays open while WeChat is asked
    try:
        openid = wechat.openid(code)
        actions.bind_wechat(db(), brand_id=brand_id(), account_id=account_id, app_id=wechat.app_id, openid=openid)
    except WeChatRefused as refused:
        log.warning("wechat_refused", code=refused.code)
        return _told(gettext("微信没有认出这次授权，请再试一次。"), "warn")
    except Refused as refused:
        roll_back()
        return _told(says(refused), "warn")
    return _told(gettext("微信绑好了，急事会发到这里。"), "ok")


@guide.post("/notices/wechat/unbind")
def unbind_wechat() -> ResponseReturnValue:
    actions.unbind_wechat(db(), brand_id=brand_id(), account_id=g.guide.account_id)
    return _told(gettext("微信已解绑，不再往那里发消息。"), "ok")


@guide.get("/notices/wechat/played")
def played_wechat() -> str:
    """WeChat's page, played, and what its account sent her last; nowhere else is there such a page."""
    wechat, wished = _wechat(), wish_of(db(), brand_id=brand_id(), account_id=g.guide.account_id)
    if not isinstance(wechat, PlayedWeChat):
        raise NotFound("page", "played")
    state = request.args.get("state", "")[:64]
    return render_template("guide/played_wechat.html", state=state, code=f"{CODE}{g.guide.account_id}",
                           last=wechat.last(wished.openid) if wished and wished.openid else "")


def _wechat() -> WeChatMessages:
    found: WeChatMessages | None = app().gateways.wechat_messages
    if found is None:
        raise NotFound("page", "wechat")
    return found


def _is_hers(asked: Any, account_id: str) -> bool:
    given = request.args.get("state", "")
    return (isinstance(asked, dict) and asked.get("account") == account_id
            and hmac.compare_digest(str(asked.get("state", "")).encode(), given.encode("utf-8", "surrogatepass")))


def _told(text: str, kind: str) -> ResponseReturnValue:
    flash(text, kind)
    return redirect(url_for("guide.notice_settings"), 303)
