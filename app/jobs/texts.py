"""Sign-in codes leave here; a message that was sent twice holds the same code."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any, cast

from app.extensions import Database
from app.flows.sign_in_shopper import JOB
from app.gateways.wiring import Gateways
from app.jobs import job
from app.kernel import sealing


@job(JOB, own_sessions=True, attempts=3)
def send_sign_in_code(database: Database, *, now: datetime, gateways: Gateways, brand_id: int, sealed: str) -> None:
    """Outside of any transaction. What does not leave within three tries is asked for again by the shopper."""
    message = cast(dict[str, Any], sealing.unseal(base64.b64decode(sealed)))
    gateways.texts.send(phone=message["phone"], text=message["text"])
