"""/share-kits: headquarters' texts for guides to share; pictures and video are added in the console."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.sharing.kits import MOST_TEXTS, REASON_LENGTH, TEXT_LENGTH, KitView, kit_view, save_kit, views
from app.domain.sharing.models import ShareKit
from app.domain.sharing.wording import PLACEHOLDERS, TONES
from app.web.shared.application import app, now
from app.web.shared.media import media_url
from app.web.shared.serving import brand_id, db

from .fields import Choice, Ref, Text, When
from .operations import Rows
from .rows import found, listed
from .shapes import Listed, Nest, Paging, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "share kits"}


class KitText(Shape):
    tone = Choice(*TONES, required=True)
    body = Text(TEXT_LENGTH, least=1, required=True, metadata={
        "description": "Placeholders: " + " ".join(f"{{{one}}}" for one in PLACEHOLDERS) + ". The link comes at the end where none is named.",
        "examples": ["{商品}现在 {价格}，我在{门店}等你：{链接}"]})


class ShareKitOut(Shape):
    id = Ref("share kit")
    product_id = Ref("product", allow_none=True)
    name = Text(80)
    valid_from = When()
    valid_to = When(allow_none=True, metadata={"description": "Not included."})
    texts = Listed(Nest(KitText), most=MOST_TEXTS)
    picture_urls = Listed(Text(2000), most=9)
    video_url = Text(2000, metadata={"description": "Empty without a video."})
    created_at = When()


class NewShareKit(Shape):
    product_id = Ref("product", load_default=None, allow_none=True, metadata={"description": "Without it the kit is for the whole brand."})
    name = Text(80, least=1, required=True)
    valid_from = When(load_default=None, allow_none=True, metadata={"description": "Now, if not given."})
    valid_to = When(load_default=None, allow_none=True, metadata={"description": "Not included."})
    texts = Listed(Nest(KitText), least=1, most=MOST_TEXTS, required=True)
    because = Text(REASON_LENGTH, load_default="", metadata={"description": "Why forbidden words in the texts stay; kept in the audit."})


class ShareKitQuery(Paging):
    product_id = Ref("product", load_default=None)


def shown(view: KitView) -> dict[str, Any]:
    kit, house = view.kit, app().settings.public_url
    return {**{name: getattr(kit, name) for name in ("id", "product_id", "name", "valid_from", "valid_to", "created_at")},
            "texts": [{"tone": one.tone, "body": one.body} for one in view.texts],
            "picture_urls": [house + media_url(one.file_key, "l") for one in view.pictures],
            "video_url": f"{house}/media/{kit.video_key}" if kit.video_key else ""}


@v1.get("/share-kits", listed=ShareKitOut, query=ShareKitQuery, scope="catalog:read", summary="Share kits", **TAG)
def list_share_kits(query: dict[str, Any]) -> Rows:
    statement = select(ShareKit)
    if query["product_id"]:
        statement = statement.where(ShareKit.product_id == query["product_id"])
    page = listed(statement, ShareKit, query)
    return Rows([shown(one) for one in views(db(), brand_id=brand_id(), kits=page.items)], page.next_cursor)


@v1.get("/share-kits/<id>", out=ShareKitOut, scope="catalog:read", summary="One share kit", **TAG)
def get_share_kit(id: str) -> dict[str, Any]:
    return shown(_view(found(ShareKit, id).id))


@v1.post("/share-kits", body=NewShareKit, out=ShareKitOut, status=201, scope="catalog:write", summary="Make a share kit", **TAG)
def make_share_kit(body: dict[str, Any]) -> dict[str, Any]:
    """422 names every forbidden word and where it stands, unless `because` says why it stays."""
    kit = save_kit(db(), brand_id=brand_id(), product_id=body["product_id"], name=body["name"], valid_from=body["valid_from"] or now(),
                   valid_to=body["valid_to"], texts=[(one["tone"], one["body"]) for one in body["texts"]], because=body["because"])
    return shown(_view(found(ShareKit, kit.id, fresh=True).id))


def _view(kit_id: UUID) -> KitView:
    return kit_view(db(), brand_id=brand_id(), kit_id=kit_id)
