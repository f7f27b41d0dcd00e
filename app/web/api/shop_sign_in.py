"""A shopper signs in by program as on the pages: her phone, a one-time code, and from then on a token that speaks for her."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_babel import gettext

from app.domain.customers.models import Customer
from app.domain.customers.queries import phone_of
from app.domain.customers.rules import AGAIN_AFTER, CODE_LIFE
from app.domain.customers.tokens import end_shopper_token, issue_shopper_token
from app.flows.sign_in_shopper import ask_code, sign_in_shopper
from app.gateways.texts.sandbox import PlayedTexts
from app.kernel.errors import NotFound, Refused
from app.kernel.texts import clean
from app.web.shared.application import app, kept_although, now
from app.web.shared.customer_words import code_text
from app.web.shared.errors import problem
from app.web.shared.serving import brand_id, db
from app.web.shared.throttling import limit_codes
from app.web.shared.visitor_cookie import sealed_visitor, visitor_in

from . import shop_gate
from .fields import Flag, Ref, Text, When, Whole
from .shapes import Nest, Shape
from .shop_shapes import visitor_field
from .storefront import storefront

TAG: dict[str, Any] = {"tag": "storefront"}


class Phone(Shape):
    phone = Text(40, least=1, required=True, metadata={"examples": ["13912345678"]})


class CodeSent(Shape):
    phone = Text(20, metadata={"description": "As it is understood, E.164."})
    expires_in = Whole(metadata={"description": "Seconds the code is good for."})
    again_in = Whole(metadata={"description": "Seconds until another one may be asked for."})


class Me(Shape):
    id = Ref("customer")
    name = Text(40)
    phone = Text(20)
    signed_in_at = When()


class NewSignIn(Phone):
    code = Text(20, least=1, required=True, metadata={"examples": ["204816"]})
    visitor = visitor_field()


class SignInOut(Shape):
    token = Text(100, metadata={"description": "Told this once. Send it as `Authorization: Bearer …`."})
    expires_at = When()
    visitor = Text(200, metadata={"description": "Whom this device is from now on; another one than before where that was somebody else."})
    customer = Nest(Me)


class SigningOut(Shape):
    everywhere = Flag(load_default=False, metadata={"description": "Every token of hers, on all devices."})


class PlayedText(Shape):
    text = Text(500)


@storefront.post("/sign-in-codes", body=Phone, out=CodeSent, status=202, summary="Send a sign-in code", **TAG)
@limit_codes
def send_code(body: dict[str, Any]) -> dict[str, Any]:
    """The same answer for every phone. 422 `code_too_soon` within a minute and after five in an hour; an address has sixty an hour."""
    if not app().gateways.texts.ready:
        raise Refused("texts_closed", "这家店还不能发短信，暂时不能登录", field="phone")
    phone = ask_code(db(), brand_id=brand_id(), phone=body["phone"], text=code_text(), now=now())
    return {"phone": phone, "expires_in": int(CODE_LIFE.total_seconds()), "again_in": int(AGAIN_AFTER.total_seconds())}


@storefront.post("/sign-ins", body=NewSignIn, out=SignInOut, status=201, summary="Sign in with the code", **TAG)
@limit_codes
def sign_in(body: dict[str, Any]) -> dict[str, Any] | Response:
    """What she did before under this `visitor` is hers from then on. A wrong code is 422 `code_wrong`; five spend it."""
    code = "".join(clean(body["code"]).split())[:12]
    signed = sign_in_shopper(db(), brand_id=brand_id(), phone=body["phone"], code=code, visitor=visitor_in(body["visitor"]), now=now())
    if signed is None:
        said = gettext("验证码不对，或已经过期。")
        return kept_although(problem(422, "code_wrong", said, detail=said, errors=[{"field": "code", "message": said, "code": "code_wrong"}]))
    token, secret = issue_shopper_token(db(), brand_id=brand_id(), customer_id=signed.customer.id, now=now())
    return {"token": secret, "expires_at": token.expires_at, "visitor": sealed_visitor(signed.visitor), "customer": _shown(signed.customer)}


@storefront.post("/sign-out", body=SigningOut, status=204, shopper="must", summary="Sign out", **TAG)
def sign_out(body: dict[str, Any]) -> None:
    """The token opens nothing from here on. Forget the `visitor` too: who comes next on this device is somebody else."""
    if token := shop_gate.token():
        end_shopper_token(db(), brand_id=brand_id(), token=token, everywhere=body["everywhere"])


@storefront.get("/me", out=Me, shopper="must", summary="Who is signed in", **TAG)
def me() -> dict[str, Any]:
    return _shown(shop_gate.signed_in())


@storefront.get("/sandbox/texts", query=Phone, out=PlayedText, summary="What the played carrier sent last", **TAG)
def played_text(query: dict[str, Any]) -> dict[str, Any]:
    """Only where text messages are played, as in the demo; `phone` in E.164. Anywhere else there is no such page."""
    texts = app().gateways.texts
    if not isinstance(texts, PlayedTexts):
        raise NotFound("page", "texts")
    return {"text": texts.last(query["phone"])}


def _shown(known: Customer) -> dict[str, Any]:
    return {"id": known.id, "name": known.name, "phone": phone_of(known), "signed_in_at": known.signed_in_at}
