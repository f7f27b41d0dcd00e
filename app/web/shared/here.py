"""The code a shopper scans in a store: who serves her, or which store she is in (R8). It goes to the shop and is offered at checkout."""

from __future__ import annotations

from urllib.parse import urlencode

from .application import app
from .qr_picture import qr_picture
from .serving import brand


def here_url(**who: str) -> str:
    """`g`: a guide's number; `store`: a store's code."""
    return f"{app().settings.public_url}/b/{brand().slug}/here?{urlencode(who)}"


def here_picture(**who: str) -> str:
    return qr_picture(here_url(**who))
