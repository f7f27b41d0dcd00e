"""/hooks/flagship/<code>: where a flagship's webhooks come in. The code leads to the brand, the signature proves the shop (R36).

Who knocks wrongly is turned away before anything is read; who knocks rightly but without end is heard and asked to slow down.
"""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask_limiter.util import get_remote_address
from limits import RateLimitItemPerMinute
from sqlalchemy import select

from app.domain.brands.models import Signpost
from app.domain.catalog.models import FlagshipSource
from app.flows.connect_flagship import HOOK
from app.flows.sync_flagship import hear_flagship
from app.gateways.flagship import kinds

from .application import Application, app, brand_session, global_session, kept_although, now
from .safety import csrf
from .throttling import seconds_to_wait, spend

MOST_BYTES = 1024 * 1024
WRONG = RateLimitItemPerMinute(20, namespace="hook_wrong")
"""By address and code: many shops knock from the same machines of their host."""
KNOCKS = RateLimitItemPerMinute(300, namespace="hook_knocks")
"""By code."""
hooks = Blueprint("hooks", __name__)
csrf.exempt(hooks)


@hooks.post("/hooks/flagship/<code>")
def flagship_hook(code: str) -> Response:
    """200 for what was taken in (once), 401 for what the shop did not sign, 413 beyond a megabyte, 429 with Retry-After for too many."""
    who = (get_remote_address(), code[:64])
    if seconds := seconds_to_wait(WRONG, *who):
        return _later(seconds)
    brand_id = global_session().scalar(select(Signpost.brand_id).where(Signpost.kind == HOOK, Signpost.key == code))
    if brand_id is None:
        spend(WRONG, *who)
        return Response(status=404)
    if (request.content_length or 0) > MOST_BYTES:
        return Response(status=413)
    headers = {name.lower(): value for name, value in request.headers.items()}
    crowded = seconds_to_wait(KNOCKS, code)
    taken = hear_flagship(brand_session(brand_id), brand_id=brand_id, hook_code=code, headers=headers, body=request.get_data(cache=False),
                          flagship=app().gateways.flagship, now=now(), crowded=crowded > 0)
    spend(KNOCKS, code) if taken else spend(WRONG, *who)
    if taken and crowded:
        return kept_although(_later(crowded))
    return Response(status=200 if taken else 401)


def _later(seconds: int) -> Response:
    return Response(status=429, headers={"Retry-After": str(seconds)})


def hook_address(source: FlagshipSource) -> str:
    """The address a shop is told, '' for a kind that has no webhooks."""
    kind = kinds().get(source.kind)
    if kind is None or kind.hear is None or not source.hook_code:
        return ""
    return f"{app().settings.public_url}/hooks/flagship/{source.hook_code}"


def install(application: Application) -> None:
    application.register_blueprint(hooks)
