"""A notice leaves the house by one channel. Called outside of any transaction; what came of it is written down afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from app.domain.catalog.ports import Transactions
from app.domain.customers.ports import Fate, NotSent, TextMessages
from app.domain.notices.models import NoticeWish
from app.domain.notices.ports import Mail, WeChatMessages
from app.domain.people.models import Account
from app.domain.sharing.ports import OUT_OF_CALLS, WeChatRefused

from .ask_wechat import with_token

FATES: dict[int, Fate] = {
    43004: "gone", 43019: "gone", 43101: "gone", 40003: "gone",  # does not follow, blocked, refused it, unknown to this account
    -1: "later", OUT_OF_CALLS: "later", 45011: "later", 43117: "later", 40241: "later",  # busy, or too often
    40001: "later", 40014: "later", 42001: "later",  # even a fresh token did not do
}
"""What an errcode means for this message; any other (a template that is not there, a field that does not fit) waits for somebody to mend it."""


class Carriers(Protocol):
    @property
    def texts(self) -> TextMessages: ...
    @property
    def mail(self) -> Mail: ...
    @property
    def wechat_messages(self) -> WeChatMessages | None: ...


@dataclass(frozen=True, slots=True)
class Letter:
    """`parts` are brand, title, text, amount and time in her language; `url` the page of the app that says more."""

    brand_id: int
    notice_id: UUID
    kind: str
    parts: Mapping[str, str]
    url: str

    @property
    def key(self) -> str:
        return self.notice_id.hex

    @property
    def title(self) -> str:
        return f"{self.parts['brand']} · {self.parts['title']}"


def addresses(carriers: Carriers, wished: NoticeWish, account: Account) -> dict[str, str]:
    """Channel → where she is reached by it now: what she wishes and the house can do. Texts also stand in for WeChat."""
    wechat, found = carriers.wechat_messages, {}
    if wechat and wished.by_wechat and wished.wechat_app_id == wechat.app_id:
        found["wechat"] = wished.openid
    if (wished.by_text or wished.by_wechat) and carriers.texts.ready:
        found["text"] = account.login
    if wished.by_mail and carriers.mail.ready:
        found["mail"] = wished.email
    return found


def wished_channels(wished: NoticeWish, reached: Mapping[str, str]) -> list[str]:
    """The channels of a new notice: by text only if she said so, or if WeChat, which she prefers, is not there."""
    return [channel for channel in reached if channel != "text" or wished.by_text or "wechat" not in reached]


def carry_notice(database: Transactions, carriers: Carriers, *, channel: str, to: str, letter: Letter, now: datetime) -> None:
    """Raises NotSent."""
    if channel == "text":
        parts = {name: letter.parts[name] for name in ("brand", "title", "text")}
        carriers.texts.send(phone=to, text=f"{letter.title} {letter.parts['text']}", template="notice", parts=parts, key=letter.key)
    elif channel == "mail":
        carriers.mail.send(to=to, subject=letter.title, text=letter.parts["text"], key=f"{letter.brand_id}.{letter.key}")
    elif carriers.wechat_messages:
        _by_wechat(database, carriers.wechat_messages, to, letter, now)


def _by_wechat(database: Transactions, wechat: WeChatMessages, openid: str, letter: Letter, now: datetime) -> None:
    def send(token: str) -> None:
        wechat.send(token, openid=openid, kind=letter.kind, parts=letter.parts, url=letter.url, key=letter.key)

    try:
        with_token(database, wechat, send, now=now)
    except WeChatRefused as refused:
        fate: Fate = "unsure" if refused.unsure else FATES.get(refused.code, "never")
        seconds = int(refused.rest.total_seconds()) if refused.code == OUT_OF_CALLS else 0
        raise NotSent(f"wechat_{refused.code}", fate, seconds=seconds) from None
