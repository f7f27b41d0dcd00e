"""Share kits: HQ's pictures, a short video and texts for a product or the whole brand, for a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from app.domain.catalog.models import Product
from app.kernel.errors import Invalid, NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.locks import one_at_a_time
from app.kernel.texts import optional, required

from .models import ForbiddenWord, ShareKit, ShareKitPicture, ShareKitText
from .wording import TONES, Found, forbidden_in, unknown_places

MOST_TEXTS, MOST_PICTURES, TEXT_LENGTH = 8, 9, 500
MOST_WORDS = 500
REASON_LENGTH = 200


@dataclass(frozen=True, slots=True)
class KitView:
    """A kit with what is in it, in order."""

    kit: ShareKit
    texts: Sequence[ShareKitText] = field(default_factory=list)
    pictures: Sequence[ShareKitPicture] = field(default_factory=list)


def save_kit(session: Session, *, brand_id: int, kit_id: UUID | None = None, product_id: UUID | None, name: str, valid_from: datetime,
             valid_to: datetime | None, texts: Sequence[tuple[str, str]], because: str = "") -> ShareKit:
    """A new kit, or `kit_id` with this instead. `texts` are (tone, body); blank bodies are left out.

    Refuses (Invalid, one error per text at texts.N) forbidden words, unless `because` says why they stay; it is kept with each such text.
    """
    if product_id is not None and session.scalar(select(Product.id).where(Product.brand_id == brand_id, Product.id == product_id)) is None:
        raise NotFound("product", product_id)
    if valid_to is not None and valid_to <= valid_from:
        raise Refused("period_backwards", "结束须晚于开始", field="valid_to")
    because = optional(because, field="because", most=REASON_LENGTH)
    kept = _checked(session, brand_id, texts, of_product=product_id is not None, because=because)
    kit = _kit(session, brand_id, kit_id) if kit_id else ShareKit(brand_id=brand_id, id=new_id())
    kit.product_id, kit.name, kit.valid_from, kit.valid_to = product_id, required(name, field="name", most=80), valid_from, valid_to
    session.add(kit)
    session.flush()
    _replace_texts(session, brand_id, kit.id, kept)
    return kit


def end_kit(session: Session, *, brand_id: int, kit_id: UUID, now: datetime) -> ShareKit:
    """Guides see it no more; what had not begun is over before it began."""
    kit = _kit(session, brand_id, kit_id)
    if kit.valid_to is None or kit.valid_to > now:
        kit.valid_from, kit.valid_to = min(kit.valid_from, now - _INSTANT), now
    session.flush()
    return kit


def add_picture(session: Session, *, brand_id: int, kit_id: UUID, file_key: str) -> None:
    """A stored picture, last; the same one twice is one."""
    one_at_a_time(session, f"kit:{brand_id}:{kit_id}")
    _kit(session, brand_id, kit_id)
    have = session.scalars(select(ShareKitPicture).where(ShareKitPicture.brand_id == brand_id, ShareKitPicture.kit_id == kit_id)).all()
    if any(one.file_key == file_key for one in have):
        return
    if len(have) >= MOST_PICTURES:
        raise Refused("too_many_pictures", "一套素材最多 %(most)d 张图", field="pictures", most=MOST_PICTURES)
    session.add(ShareKitPicture(brand_id=brand_id, kit_id=kit_id, file_key=file_key, position=max((one.position for one in have), default=0) + 1))
    session.flush()


def remove_picture(session: Session, *, brand_id: int, kit_id: UUID, picture_id: UUID) -> None:
    gone = session.execute(delete(ShareKitPicture).where(ShareKitPicture.brand_id == brand_id, ShareKitPicture.kit_id == kit_id,
                                                         ShareKitPicture.id == picture_id).returning(ShareKitPicture.id)).first()
    if gone is None:
        raise NotFound("kit_picture", picture_id)


def set_video(session: Session, *, brand_id: int, kit_id: UUID, video_key: str) -> None:
    """A stored video instead of the one before; '' takes it off."""
    _kit(session, brand_id, kit_id).video_key = video_key
    session.flush()


def kit_view(session: Session, *, brand_id: int, kit_id: UUID) -> KitView:
    return views(session, brand_id=brand_id, kits=[_kit(session, brand_id, kit_id)])[0]


def kits_for(session: Session, *, brand_id: int, product_id: UUID | None, now: datetime) -> list[KitView]:
    """What a guide may use now: the product's own first, then the brand's; newest first."""
    own = ShareKit.product_id.is_(None) if product_id is None else or_(ShareKit.product_id == product_id, ShareKit.product_id.is_(None))
    kits = session.scalars(select(ShareKit).where(
        ShareKit.brand_id == brand_id, own, ShareKit.valid_from <= now, or_(ShareKit.valid_to.is_(None), ShareKit.valid_to > now))
        .order_by(ShareKit.product_id.is_(None), ShareKit.valid_from.desc(), ShareKit.id.desc()).limit(10)).all()
    return views(session, brand_id=brand_id, kits=kits)


def views(session: Session, *, brand_id: int, kits: Sequence[ShareKit]) -> list[KitView]:
    ids = [kit.id for kit in kits]
    texts = _by_kit(session.scalars(select(ShareKitText).where(ShareKitText.brand_id == brand_id, ShareKitText.kit_id.in_(ids))
                                    .order_by(ShareKitText.position)).all())
    pictures = _by_kit(session.scalars(select(ShareKitPicture).where(ShareKitPicture.brand_id == brand_id, ShareKitPicture.kit_id.in_(ids))
                                       .order_by(ShareKitPicture.position, ShareKitPicture.id)).all())
    return [KitView(kit, texts.get(kit.id, []), pictures.get(kit.id, [])) for kit in kits]


def own_words(session: Session, *, brand_id: int) -> list[str]:
    """The brand's own forbidden words, besides those of the law."""
    return list(session.scalars(select(ForbiddenWord.word).where(ForbiddenWord.brand_id == brand_id).order_by(ForbiddenWord.word)))


def forbid(session: Session, *, brand_id: int, word: str) -> None:
    """Texts saved from now on must not use it; forbidden twice is forbidden once."""
    word = required(word, field="word", most=40)
    one_at_a_time(session, f"forbidden:{brand_id}")
    if word in own_words(session, brand_id=brand_id):
        return
    if (session.scalar(select(func.count()).select_from(ForbiddenWord).where(ForbiddenWord.brand_id == brand_id)) or 0) >= MOST_WORDS:
        raise Refused("too_many_words", "最多 %(most)d 个禁用词", field="word", most=MOST_WORDS)
    session.add(ForbiddenWord(brand_id=brand_id, id=new_id(), word=word))
    session.flush()


def allow(session: Session, *, brand_id: int, word: str) -> None:
    found = session.scalar(select(ForbiddenWord).where(ForbiddenWord.brand_id == brand_id, ForbiddenWord.word == word))
    if found is None:
        raise NotFound("forbidden_word", word)
    session.delete(found)
    session.flush()


_INSTANT = timedelta(seconds=1)


def _checked(session: Session, brand_id: int, texts: Sequence[tuple[str, str]], *, of_product: bool, because: str) -> list[tuple[str, str, str]]:
    """(tone, body, why its forbidden words stay) of the texts that say something."""
    own, errors, kept = own_words(session, brand_id=brand_id), [], []
    for number, (tone, typed) in enumerate(texts):
        place = f"texts.{number}"
        body = optional(typed, field=place, most=TEXT_LENGTH)
        if not body:
            continue
        if tone not in TONES:
            raise Refused("unknown_tone", "没有这种语气", field=place)
        if unknown := unknown_places(body, of_product=of_product):
            errors.append(Refused("unknown_placeholder", "没有占位符 %(names)s", field=place, names="、".join(f"{{{name[:20]}}}" for name in unknown)))
        words = forbidden_in(body, own)
        if words and not because:
            errors.append(Refused("forbidden_words", "有禁用词（括号里是第几个字）：%(where)s", field=place, where=_where(words)))
        kept.append((tone, body, because if words else ""))
    if len(kept) > MOST_TEXTS:
        raise Refused("too_many_texts", "一套素材最多 %(most)d 段文案", field="texts.0", most=MOST_TEXTS)
    if errors:
        raise Invalid(errors)
    return kept


def _replace_texts(session: Session, brand_id: int, kit_id: UUID, kept: Sequence[tuple[str, str, str]]) -> None:
    """Nothing is written where nothing changed, so that the audit tells changes only."""
    known = session.scalars(select(ShareKitText).where(ShareKitText.brand_id == brand_id, ShareKitText.kit_id == kit_id)
                            .order_by(ShareKitText.position)).all()
    if [(one.tone, one.body, one.allowed_because) for one in known] == list(kept):
        return
    for old in known:
        session.delete(old)
    for position, (tone, body, reason) in enumerate(kept):
        session.add(ShareKitText(brand_id=brand_id, id=new_id(), kit_id=kit_id, position=position, tone=tone, body=body, allowed_because=reason))
    session.flush()


def _where(words: Sequence[Found]) -> str:
    return " ".join(f"“{one.word}”({one.at})" for one in words)


def _kit(session: Session, brand_id: int, kit_id: UUID) -> ShareKit:
    kit = session.scalar(select(ShareKit).where(ShareKit.brand_id == brand_id, ShareKit.id == kit_id))
    if kit is None:
        raise NotFound("share_kit", kit_id)
    return kit


def _by_kit(rows: Sequence[Any]) -> Mapping[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = {}
    for row in rows:
        found.setdefault(row.kit_id, []).append(row)
    return found
