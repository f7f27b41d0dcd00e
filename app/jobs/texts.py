"""Sign-in codes leave here; a message that was sent twice holds the same code."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any, cast

from app.domain.customers.ports import NotSent
from app.extensions import Database
from app.flows.sign_in_shopper import JOB
from app.gateways.wiring import Gateways
from app.jobs import job
from app.kernel import sealing
from app.kernel.ids import digest


@job(JOB, own_sessions=True, attempts=3)
def send_sign_in_code(database: Database, *, now: datetime, gateways: Gateways, brand_id: int, sealed: str) -> None:
    """Outside of any transaction. What does not leave within three tries is asked for again by the shopper; a phone that takes none is let be."""
    message = cast(dict[str, Any], sealing.unseal(base64.b64decode(sealed)))
    try:
        gateways.texts.send(phone=message["phone"], text=message["text"], template="code", parts={"code": message.get("code", "")}, key=digest(sealed)[:32])
    except NotSent as why:
        if why.fate != "gone":
            raise
