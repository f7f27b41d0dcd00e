"""/hooks/flagship/<code>: where a flagship's webhooks come in. The code leads to the brand, the signature proves the shop (R36)."""

from __future__ import annotations

from flask import Blueprint, Response, request
from sqlalchemy import select

from app.domain.brands.models import Signpost
from app.domain.catalog.models import FlagshipSource
from app.flows.connect_flagship import HOOK
from app.flows.sync_flagship import hear_flagship
from app.gateways.flagship import kinds
from app.kernel.errors import NotFound

from .application import Application, app, brand_session, global_session, now
from .safety import csrf

MOST_BYTES = 1024 * 1024
hooks = Blueprint("hooks", __name__)
csrf.exempt(hooks)


@hooks.post("/hooks/flagship/<code>")
def flagship_hook(code: str) -> Response:
    """200 for what was taken in (once), 401 for what the shop did not sign, 413 beyond a megabyte."""
    if (request.content_length or 0) > MOST_BYTES:
        return Response(status=413)
    body = request.get_data(cache=False)
    brand_id = global_session().scalar(select(Signpost.brand_id).where(Signpost.kind == HOOK, Signpost.key == code))
    if brand_id is None:
        raise NotFound("flagship_hook", code)
    headers = {name.lower(): value for name, value in request.headers.items()}
    taken = hear_flagship(brand_session(brand_id), brand_id=brand_id, hook_code=code, headers=headers, body=body, flagship=app().gateways.flagship, now=now())
    return Response(status=200 if taken else 401)


def hook_address(source: FlagshipSource) -> str:
    """The address a shop is told, '' for a kind that has no webhooks."""
    kind = kinds().get(source.kind)
    if kind is None or kind.hear is None or not source.hook_code:
        return ""
    return f"{app().settings.public_url}/hooks/flagship/{source.hook_code}"


def install(application: Application) -> None:
    application.register_blueprint(hooks)
