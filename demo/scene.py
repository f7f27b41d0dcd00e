"""What headquarters, a store, a guide or the operator has in hand when the story calls on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.kernel.files import Files
from app.kernel.tenancy import BrandSession


@dataclass(frozen=True)
class Scene:
    """What a verb gets: the brand's session, who acts, the row's last column, the moment."""

    session: BrandSession
    brand_id: int
    who: str
    what: str
    files: Files
    password_hash: str
    now: datetime
