"""/hooks/stripe, /hooks/stripe/connect: where the payment provider tells what happened. Written down once and answered at once (R18).

What it is about is read later, at the provider: an event only says where to look. Rightly signed ones are never asked to slow down.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, request
from flask_limiter.util import get_remote_address
from limits import RateLimitItemPerMinute

from app.domain.provider.event_rules import keepable
from app.domain.provider.inbox import take_in
from app.kernel.db import by_itself

from .application import Application, app, global_session, now
from .safety import csrf
from .throttling import seconds_to_wait, spend

MOST_BYTES = 1024 * 1024
WRONG = RateLimitItemPerMinute(20, namespace="provider_hook_wrong")
"""By address."""
provider_hooks = Blueprint("provider_hooks", __name__)
csrf.exempt(provider_hooks)


@provider_hooks.post("/hooks/stripe", defaults={"source": "platform"})
@provider_hooks.post("/hooks/stripe/connect", defaults={"source": "connect"})
def provider_hook(source: str) -> Response:
    """200 for what is written down, now or before; 400 for what the provider did not sign just now, 429 for too much of that; 413 beyond a
    megabyte; 404 where no provider is in use."""
    provider = app().gateways.online
    if provider is None:
        abort(404)
    if (request.content_length or 0) > MOST_BYTES:
        return Response(status=413)
    request.max_content_length = MOST_BYTES
    event = provider.hear(source=source, body=request.get_data(cache=False), signature=request.headers.get("Stripe-Signature", ""))
    if event is None or not keepable(event):
        return _turned_away()
    session = global_session()
    by_itself(session)
    take_in(session, provider=provider.name, live=provider.live, source=source, events=[event], now=now())
    return Response(status=200)


def _turned_away() -> Response:
    if seconds := seconds_to_wait(WRONG, get_remote_address()):
        return Response(status=429, headers={"Retry-After": str(seconds)})
    spend(WRONG, get_remote_address())
    return Response(status=400)


def install(application: Application) -> None:
    application.register_blueprint(provider_hooks)
