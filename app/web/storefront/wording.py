"""What the shopper reads about a product and about who recommends it."""

from __future__ import annotations

from datetime import date

from flask_babel import get_locale, gettext

from app.domain.brands.models import Brand, BrandSettings
from app.domain.promotions.prices import Offer
from app.domain.sharing.shelf import Recommender, ShelfProduct, ShelfVariant
from app.web.shared.formats import last_moment, money_short, money_symbol


def in_english() -> bool:
    locale = get_locale()
    return locale is not None and locale.language == "en"


def title_of(title: str, title_en: str) -> str:
    return title_en if title_en and in_english() else title


def brand_name(brand: Brand) -> str:
    return brand.name_en if brand.name_en and in_english() else brand.name


def standing(who: Recommender, today: date) -> str:
    """'上海静安嘉里店 · 从业 4 年', below the guide's name."""
    years = today.year - who.working_since.year - ((today.month, today.day) < (who.working_since.month, who.working_since.day)) if who.working_since else 0
    if years > 0:
        return gettext("%(store)s · 从业 %(years)d 年", store=who.store_name, years=years)
    return who.store_name


def disclosure(brand: str, who: Recommender | None) -> str:
    """That someone is paid for this sale, said in the flow of the page (LOOK.md §1)."""
    if who is None:
        return gettext("由%(brand)s发货、开票并承担售后。", brand=brand)
    if who.guide_name:
        return gettext("通过本链接购买，推荐人及其门店会得到品牌支付的佣金，不影响你付的价格。由%(brand)s发货、开票并承担售后。", brand=brand)
    return gettext("通过本链接购买，该门店会得到品牌支付的销售分成，不影响你付的价格。由%(brand)s发货、开票并承担售后。", brand=brand)


def price_tag(variant: ShelfVariant, who: Recommender | None) -> str:
    """What kind of price it is; '' for the price everyone pays."""
    if variant.activity:
        return gettext("链接专享价") if variant.activity.link_only else gettext("活动价")
    return gettext("链接专享价") if who and _exclusive(variant) else ""


def price_note(variant: ShelfVariant, who: Recommender | None) -> str:
    """For whom and until when the price holds; said only where there is another to compare with."""
    if variant.activity:
        return _activity_note(variant.activity, who)
    return _private_note(who) if who and _exclusive(variant) else ""


def standing_label(standing: str) -> str:
    """In a word why it cannot be bought; '' for what can."""
    return {"gone": gettext("已下架"), "sold_out": gettext("已售罄"), "confirming": gettext("库存确认中")}.get(standing, "")


def standing_notice(standing: str, who: Recommender | None) -> str:
    """What happened, and that whoever sent the link is still there."""
    said = {"gone": gettext("这款商品已经下架，不再出售。"), "sold_out": gettext("这款商品已经全部卖完。"),
            "confirming": gettext("这款商品的库存正在和旗舰店确认，确认前先不出售。")}[standing]
    if who is None:
        return said
    return gettext("%(said)s有问题仍可以问%(name)s。", said=said, name=who.guide_name or who.store_name)


def missed(product: ShelfProduct, wanted: str) -> str:
    """The address asks for a variant that is not to be had while others are; '' otherwise."""
    if any(str(one) == wanted for one in product.withdrawn):
        return gettext("你打开的那一款已经下架，可以看看其他款。")
    asked = next((one for one in product.variants if str(one.id) == wanted), None)
    if asked is None or asked.left:
        return ""
    return gettext("你打开的那一款库存正在确认，可以先看看其他款。") if asked.confirming else gettext("你打开的那一款已经卖完，可以看看其他款。")


def end_of(offer: Offer) -> str:
    """'11 月 30 日 24:00'."""
    return last_moment(offer.ends_at, "M 月 d 日")


def _exclusive(variant: ShelfVariant) -> bool:
    return variant.list_price_minor is not None and variant.list_price_minor > variant.price_minor


def _activity_note(offer: Offer, who: Recommender | None) -> str:
    if not offer.link_only or who is None:
        return gettext("活动到 %(end)s", end=end_of(offer))
    if who.guide_name:
        return gettext("只在%(name)s的链接里有效，到 %(end)s；旗舰店公开价不变", name=who.guide_name, end=end_of(offer))
    return gettext("链接继续有效，到 %(end)s；旗舰店公开价不变", end=end_of(offer))


def _private_note(who: Recommender) -> str:
    if who.guide_name:
        return gettext("在%(name)s的链接里有效；旗舰店公开价不变", name=who.guide_name)
    return gettext("链接继续有效；旗舰店公开价不变")


def benefits(settings: BrandSettings) -> list[tuple[str, str]]:
    """Shipping, return and who sells: what the brand's settings promise, nothing else."""
    return [("truck", _shipping(settings)), ("undo", gettext("7 天无理由")), ("shield", gettext("品牌正品"))]


def _shipping(settings: BrandSettings) -> str:
    if settings.shipping_fee_minor == 0:
        return gettext("包邮")
    if settings.free_shipping_from_minor:
        return gettext("满 %(amount)s 包邮", amount=money_symbol() + money_short(settings.free_shipping_from_minor))
    return gettext("运费 %(amount)s", amount=money_symbol() + money_short(settings.shipping_fee_minor))


def first_sentence(text: str, longest: int = 60) -> str:
    line = text.strip().split("\n", 1)[0].strip()
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"
