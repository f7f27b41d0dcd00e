"""/share-links: a guide's link to a product, to an activity or to her storefront, its poster and its QR code."""

from __future__ import annotations

from typing import Any

from flask import Response
from sqlalchemy import select

from app.domain.guides.models import Guide
from app.domain.promotions.queries import ended
from app.domain.sharing.actions import share_link
from app.domain.sharing.link_list import standings
from app.domain.sharing.models import ShareLink
from app.domain.sharing.poster_facts import LAYOUTS
from app.domain.sharing.queries import OpenLink, link_by_code
from app.domain.sharing.rules import STANDINGS
from app.kernel.errors import Refused
from app.web.shared.application import now
from app.web.shared.serving import brand, brand_id, db
from app.web.shared.share_kit import poster_png, share_qr, share_url

from .fields import Choice, Ref, Text, When
from .operations import Rows
from .rows import found, listed
from .shapes import Paging, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "share links"}


class Link(Shape):
    id = Ref("share link")
    code = Text(32)
    url = Text(2000)
    guide_id = Ref("guide")
    store_id = Ref("store")
    product_id = Ref("product", allow_none=True)
    activity_id = Ref("activity", allow_none=True)
    label = Text(60)
    standing = Choice(*STANDINGS, metadata={
        "description": "All but `on_sale`: it opens substitutes, in the same guide's name; `gone` of an activity that is over: her storefront."})
    created_at = When()


class NewLink(Shape):
    guide_id = Ref("guide", required=True)
    product_id = Ref("product", load_default=None, allow_none=True)
    activity_id = Ref("activity", load_default=None, allow_none=True)
    label = Text(60, load_default="", metadata={"description": "Tells apart links to the same thing, such as one per chat group."})


class LinkQuery(Paging):
    guide_id = Ref("guide", load_default=None)


def shown(*links: ShareLink) -> list[dict[str, Any]]:
    stands = standings(db(), brand_id=brand_id(), product_ids=[link.product_id for link in links if link.product_id], now=now())
    over = ended(db(), brand_id=brand_id(), ids={link.activity_id for link in links if link.activity_id}, now=now())
    return [{**{name: getattr(link, name) for name in Link().fields if name not in ("url", "standing")}, "url": share_url(link.code),
             "standing": stands[link.product_id] if link.product_id else "gone" if link.activity_id in over else "on_sale"} for link in links]


@v1.get("/share-links", listed=Link, query=LinkQuery, scope="shares:read", summary="Share links", **TAG)
def list_share_links(query: dict[str, Any]) -> Rows:
    statement = select(ShareLink)
    if query["guide_id"]:
        statement = statement.where(ShareLink.guide_id == query["guide_id"])
    page = listed(statement, ShareLink, query)
    return Rows(shown(*page.items), page.next_cursor)


@v1.post("/share-links", body=NewLink, out=Link, status=201, scope="shares:write", summary="Make a share link", **TAG)
def make_share_link(body: dict[str, Any]) -> dict[str, Any]:
    """Asked again it is the same link. With neither product nor activity it leads to the guide's storefront; 422 for both."""
    guide = found(Guide, body["guide_id"])
    if guide.status != "active":
        raise Refused("guide_not_active", "这位导购现在不在职", field="guide_id")
    link = share_link(db(), brand_id=brand_id(), guide_id=guide.id, product_id=body["product_id"], activity_id=body["activity_id"],
                      label=body["label"])
    return shown(found(ShareLink, link.id, fresh=True))[0]


@v1.get("/share-links/<code>", out=Link, scope="shares:read", summary="One share link", **TAG)
def get_share_link(code: str) -> dict[str, Any]:
    return shown(_open(code).link)[0]


class PosterQuery(Shape):
    layout = Choice(*LAYOUTS, load_default=LAYOUTS[0], metadata={"description": "`picture`: the product as large as it goes; `price`: the price first."})


@v1.get("/share-links/<code>/poster.png", media="image/png", query=PosterQuery, scope="shares:read", summary="The poster", **TAG)
def poster(query: dict[str, Any], code: str) -> Response:
    """750 × 1334, with product, price and its date, the guide's name and the link as a QR code. 409 `product_gone` once it is taken off."""
    return Response(poster_png(db(), _open(code), brand=brand(), layout=query["layout"])[0], content_type="image/png")


@v1.get("/share-links/<code>/qr.svg", media="image/svg+xml", scope="shares:read", summary="The QR code", **TAG)
def qr(code: str) -> Response:
    return Response(share_qr(_open(code).link.code), content_type="image/svg+xml")


def _open(code: str) -> OpenLink:
    return link_by_code(db(), brand_id=brand_id(), code=code)
