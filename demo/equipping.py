"""What guides get to share with in the story: texts, what stands first on the shelf, new goods, and what follows on what is sold out."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from app.domain.catalog.models import FlagshipSource, ProductImage
from app.domain.catalog.substitutes import set_substitute
from app.domain.guides.models import Guide
from app.domain.orgs.models import OrgUnit
from app.domain.sharing.kits import add_picture, forbid, save_kit
from app.domain.sharing.own_shelf import note_on_shelf, put_on_shelf
from app.domain.sharing.pins import pin
from app.flows.connect_flagship import schedule_source
from app.flows.enter_offline_product import enter_offline_product
from demo.scene import Scene
from demo.shelf import product_of

KITS: dict[str, tuple[str, int | None, tuple[tuple[str, str], ...]]] = {
    "开业三日文案": ("", 3, (
        ("warm", "我在{门店}上班，开业三天有专享价，想看箱子的直接找我{导购}：{链接}"),
        ("lively", "开业啦！今天起三天，登机箱、双肩包都有专享价，戳这里 {链接}"))),
    "前开盖新品": ("FW-P20-OAT", None, (
        ("plain", "{商品}，{价格}。站着就能拿电脑，安检不用摊开整个箱子。{链接}"),
        ("warm", "出差的朋友看看这只{商品}：我自己拉了两周，前仓真的顺手。{链接}"),
        ("lively", "安检再也不用当众翻箱子了 {链接}"))),
    "秋冬清仓": ("FW-E20-INK", 16, (
        ("plain", "{商品}清仓 {价格}，卖完不补。{链接}"),
        ("formal", "尊敬的会员：{商品}现以 {价格} 清仓，数量有限，由{导购}为您服务。{链接}"))),
}
"""Name → (any SKU of the product or '' for the brand, days or None, texts with their tone)."""
KIT_PICTURES = 3
NEW = {
    "FW-A20-MIST": ("远途 Air 登机箱 · 晨雾限定色", "箱包 > 登机箱", {"颜色": "晨雾"}, 79_900, 60),
    "OFF-OPEN-20": ("开业纪念登机箱 20 寸", "箱包 > 登机箱", {}, 89_900, 0),
}
"""SKU → name, category, options, price, pieces."""


def _kit(scene: Scene) -> None:
    """'name': with the product's first pictures, once they are fetched."""
    sku, days, texts = KITS[scene.what]
    product_id = product_of(scene.session, sku) if sku else None
    kit = save_kit(scene.session, brand_id=scene.brand_id, product_id=product_id, name=scene.what, valid_from=scene.now,
                   valid_to=scene.now + timedelta(days=days) if days else None, texts=texts)
    pictures = select(ProductImage.file_key).where(ProductImage.product_id == product_id, ProductImage.state == "stored").order_by(
        ProductImage.position, ProductImage.id).limit(KIT_PICTURES)
    for key in scene.session.scalars(pictures).all():
        add_picture(scene.session, brand_id=scene.brand_id, kit_id=kit.id, file_key=key)


def _forbid(scene: Scene) -> None:
    """'word word'"""
    for word in scene.what.split():
        forbid(scene.session, brand_id=scene.brand_id, word=word)


def _pin(scene: Scene) -> None:
    """'unit SKU', '-' for every shop"""
    code, sku = scene.what.split()
    unit = None if code == "-" else scene.session.scalars(select(OrgUnit.id).where(OrgUnit.code == code)).one()
    pin(scene.session, brand_id=scene.brand_id, unit_id=unit, product_id=product_of(scene.session, sku))


def _shelve(scene: Scene) -> None:
    """'SKU | note': on her own shelf."""
    sku, note = scene.what.split(" | ")
    guide_id = scene.session.scalars(select(Guide.id).where(Guide.employee_no == scene.who)).one()
    product_id = product_of(scene.session, sku)
    put_on_shelf(scene.session, brand_id=scene.brand_id, guide_id=guide_id, product_id=product_id)
    note_on_shelf(scene.session, brand_id=scene.brand_id, guide_id=guide_id, product_id=product_id, note=note)


def _offer(scene: Scene) -> None:
    """'SKU': new in the stores."""
    name, category, options, price, stock = NEW[scene.what]
    enter_offline_product(scene.session, brand_id=scene.brand_id, name=name, category=category, now=scene.now,
                          variants=[{"sku": scene.what, "options": options, "price_minor": price, "stock": stock}])


def _instead(scene: Scene) -> None:
    """'SKU SKU': the second is offered once the first cannot be bought."""
    first, second = (product_of(scene.session, sku) for sku in scene.what.split())
    set_substitute(scene.session, brand_id=scene.brand_id, product_id=first, substitute_id=second, now=scene.now)


def _schedule(scene: Scene) -> None:
    """'hour': the flagship is read whole every day."""
    source = scene.session.scalars(select(FlagshipSource)).one()
    schedule_source(scene.session, brand_id=scene.brand_id, source_id=source.id, changes_minutes=None, full_hour=int(scene.what))


VERBS = {"kit": _kit, "forbid": _forbid, "pin": _pin, "shelve": _shelve, "offer": _offer, "instead": _instead, "schedule": _schedule}
