"""Filling in the prices of an activity: goods looked up and ticked, a percentage off all, a pasted or uploaded table."""

from __future__ import annotations

from typing import Any

from flask import request

from app.domain.promotions import queries
from app.domain.promotions.rules import MOST_PRICES, PriceLine, off, read_prices, split_lines
from app.gateways.tables import read_table
from app.kernel import money
from app.kernel.errors import Refused
from app.kernel.texts import clean
from app.web.shared.errors import says
from app.web.shared.rates import rate_bp
from app.web.shared.serving import brand, brand_id, db

from .activity_draft import Draft, ids_of

MOST_LINES = 2 * MOST_PRICES


def fill(form: Any, draft: Draft) -> bool:
    """Does what the pressed button asks; False when it is the one that saves. Pasted lines nobody read yet are read first."""
    go, dropped = request.form.get("go", ""), request.form.get("drop", "")
    if not go and not dropped and clean(form.paste.data):
        go, draft.unread = "paste", True
    if dropped:
        draft.typed = {key: text for key, text in draft.typed.items() if str(key) != dropped}
    elif go in BUTTONS:
        BUTTONS[go](form, draft)
    return bool(dropped) or go in BUTTONS


def _find(form: Any, draft: Draft) -> None:
    q = clean(form.find.data)
    draft.searched, draft.found = bool(q), queries.find_goods(db(), brand_id=brand_id(), q=q) if q else []


def _add(_: Any, draft: Draft) -> None:
    ticked = ids_of(request.form.getlist("add")[:MOST_PRICES])
    draft.put(dict.fromkeys(ticked, ""), queries.goods_of(db(), brand_id=brand_id(), variant_ids=ticked))


def _take_off(form: Any, draft: Draft) -> None:
    try:
        rate = rate_bp(form.off.data or "", field="off")
    except Refused as refused:
        form.off.errors = [says(refused)]
        return
    draft.typed = {key: money.decimal_text(off(draft.goods[key].list_price_minor, rate), brand().currency) for key in draft.typed}


def _paste(form: Any, draft: Draft) -> None:
    """Lines that are wrong stay in the field to be put right."""
    raw = (form.paste.data or "").splitlines()
    draft.wrong_lines = _read(draft, split_lines("\n".join(raw)))
    form.paste.data = "\n".join(raw[number - 1] for number, _ in draft.wrong_lines if number <= len(raw))


def _upload(form: Any, draft: Draft) -> None:
    file = request.files.get("file")
    try:
        rows = read_table(file.read() if file else b"")
    except Refused as refused:
        form.file.errors = [says(refused)]
        return
    draft.wrong_lines = _read(draft, [(line, *([clean(cell) for cell in cells[:2]] + ["", ""])[:2]) for line, cells in rows])


def _read(draft: Draft, parts: list[Any]) -> list[tuple[int, str]]:
    """(line, what is wrong) of what could not be put into the draft."""
    lines, wrong = read_prices(parts[:MOST_LINES], brand().currency)
    wrong += _put_lines(draft, lines)
    if len(parts) > MOST_LINES:
        wrong.append((parts[MOST_LINES][0], Refused("too_many_lines", "一次最多 %(most)d 行，从这一行起没有读", most=MOST_LINES)))
    return sorted((number, says(refused)) for number, refused in wrong)


def _put_lines(draft: Draft, lines: list[PriceLine]) -> list[tuple[int, Refused]]:
    known = queries.goods_by_sku(db(), brand_id=brand_id(), skus=[line.sku for line in lines])
    prices, wrong = {}, []
    for line in lines:
        goods = known.get(line.sku)
        if goods is None:
            wrong.append((line.number, Refused("sku_unknown", "没有 SKU “%(sku)s”", sku=line.sku[:60])))
        elif goods.gone:
            wrong.append((line.number, Refused("variant_gone", "“%(sku)s”已经不卖了", sku=line.sku[:60])))
        else:
            prices[goods.variant_id] = money.decimal_text(line.price_minor, brand().currency)
    draft.put(prices, {goods.variant_id: goods for goods in known.values()})
    return wrong


BUTTONS = {"find": _find, "add": _add, "off": _take_off, "paste": _paste, "upload": _upload}
