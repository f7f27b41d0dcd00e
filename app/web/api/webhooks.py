"""/webhook-endpoints: where a brand's own systems hear what happened."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.domain.webhooks import actions
from app.domain.webhooks.models import WebhookDelivery, WebhookEndpoint
from app.domain.webhooks.queries import deliveries, delivery
from app.domain.webhooks.rules import EVENTS
from app.kernel.ids import parse_id
from app.web.shared.application import app
from app.web.shared.serving import brand_id, db

from .fields import Choice, Flag, Ref, Text, When, Whole
from .operations import Rows
from .rows import found, listed
from .shapes import Free, Listed, Paging, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "webhooks"}


class Endpoint(Shape):
    id = Ref("webhook endpoint")
    url = Text(2000)
    events = Listed(Choice(*EVENTS))
    active = Flag()
    created_at = When()


class EndpointWithSecret(Endpoint):
    secret = Text(metadata={"description": "Signs the deliveries; told this once."})


class NewEndpoint(Shape):
    url = Text(2000, least=1, required=True, metadata={"examples": ["https://erp.example.com/yundian"]})
    events = Listed(Text(40), most=20, load_default=list, metadata={"description": "None named means all.", "examples": [["order.paid"]]})


class EndpointChange(Shape):
    url = Text(2000, least=1)
    events = Listed(Text(40), most=20, least=1)
    active = Flag()


class Delivery(Shape):
    id = Ref("delivery")
    endpoint_id = Ref("webhook endpoint")
    event = Choice(*EVENTS)
    state = Choice("waiting", "delivered", "failed")
    attempts = Whole()
    last_status = Whole(allow_none=True)
    last_error = Text()
    payload = Free()
    created_at = When()
    delivered_at = When(allow_none=True)


class DeliveryQuery(Paging):
    state = Choice("waiting", "delivered", "failed", load_default=None)


def _plain_http() -> bool:
    return app().settings.app_env == "development"


@v1.get("/webhook-endpoints", listed=Endpoint, scope="webhooks:read", summary="Webhook endpoints", **TAG)
def list_webhook_endpoints(query: dict[str, Any]) -> Rows:
    return listed(select(WebhookEndpoint), WebhookEndpoint, query)


@v1.post("/webhook-endpoints", body=NewEndpoint, out=EndpointWithSecret, status=201, scope="webhooks:write", summary="Add an endpoint", **TAG)
def add_webhook_endpoint(body: dict[str, Any]) -> dict[str, Any]:
    """Deliveries carry `Yundian-Signature: t=…,v1=…`, the HMAC-SHA256 of `<t>.<body>` with the secret."""
    endpoint, secret = actions.add_endpoint(db(), brand_id=brand_id(), url=body["url"], events=body["events"], plain_http=_plain_http())
    shown = found(WebhookEndpoint, endpoint.id, fresh=True)
    return {**{name: getattr(shown, name) for name in Endpoint().fields}, "secret": secret}


@v1.get("/webhook-endpoints/<id>", out=Endpoint, scope="webhooks:read", summary="One endpoint", **TAG)
def get_webhook_endpoint(id: str) -> WebhookEndpoint:
    return found(WebhookEndpoint, id)


@v1.patch("/webhook-endpoints/<id>", body=EndpointChange, out=Endpoint, scope="webhooks:write", summary="Change an endpoint", **TAG)
def change_webhook_endpoint(id: str, body: dict[str, Any]) -> WebhookEndpoint:
    return actions.change_endpoint(db(), brand_id=brand_id(), endpoint_id=found(WebhookEndpoint, id).id, plain_http=_plain_http(), **body)


@v1.delete("/webhook-endpoints/<id>", scope="webhooks:write", summary="Remove an endpoint", **TAG)
def remove_webhook_endpoint(id: str) -> None:
    actions.remove_endpoint(db(), brand_id=brand_id(), endpoint_id=found(WebhookEndpoint, id).id)


@v1.get("/webhook-endpoints/<id>/deliveries", listed=Delivery, query=DeliveryQuery, scope="webhooks:read", summary="What was delivered", **TAG)
def list_webhook_deliveries(id: str, query: dict[str, Any]) -> Rows:
    statement = deliveries(brand_id=brand_id(), endpoint_id=found(WebhookEndpoint, id).id)
    if query["state"]:
        statement = statement.where(WebhookDelivery.state == query["state"])
    return listed(statement, WebhookDelivery, query)


@v1.post("/webhook-endpoints/<id>/deliveries/<delivery_id>/replay", out=Delivery, status=202, scope="webhooks:write", summary="Send it again", **TAG)
def replay_webhook_delivery(id: str, delivery_id: str) -> WebhookDelivery:
    """The same event with the same id."""
    chosen = delivery(db(), brand_id=brand_id(), endpoint_id=found(WebhookEndpoint, id).id, delivery_id=parse_id(delivery_id, "delivery"))
    return actions.send_again(db(), brand_id=brand_id(), delivery=chosen)
