"""What the house asks of who carries mail, which raises as carriers of texts do, and of WeChat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Mail(Protocol):
    @property
    def ready(self) -> bool:
        """Whether mail can be sent at all; where not, nobody is offered it."""
        ...

    def send(self, *, to: str, subject: str, text: str, key: str) -> None:
        """May be called twice for one message, with the same `key`; raises NotSent."""
        ...


class WeChatMessages(Protocol):
    """A public account that may send template messages. `token` is lent by flows/ask_wechat; all raise sharing's WeChatRefused."""

    @property
    def app_id(self) -> str: ...

    def authorise_url(self, *, back: str, state: str) -> str:
        """The page where a person lets the account know who she is; WeChat leads her on to `back` with ?code= and &state=."""
        ...

    def openid(self, code: str) -> str:
        """Who she is to this account. A code is good once, for five minutes."""
        ...

    def token(self) -> tuple[str, int]: ...

    def send(self, token: str, *, openid: str, kind: str, parts: Mapping[str, str], url: str, key: str) -> None:
        """`kind` is the notice's, `parts` are brand, title, text, amount ('' for none) and time. One `key` is sent once within ten minutes."""
        ...
