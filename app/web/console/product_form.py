"""The form of an offline-only product: five rows of variants, so that it works without JavaScript."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField, TextAreaField

from app.kernel import money
from app.kernel.errors import Invalid, Refused
from app.kernel.texts import clean
from app.web.shared.asking import whole

ROWS = 5
CELLS = ("colour", "size", "sku", "price", "stock", "barcode")
NAMES = {"colour": "颜色", "size": "尺寸"}
"""Option names as the catalogue keeps them, the same as in synced products."""
AT = {"price_minor": "price", "list_price_minor": "price", "options": "colour"}


class ProductForm(FlaskForm):
    """`places`: the rows that were filled in, so that a refusal finds its cell."""

    places: list[int]
    name = StringField(_("商品名称"), render_kw={"maxlength": 300})
    category = StringField(_("类目"), render_kw={"maxlength": 200, "list": "categories", "placeholder": "箱包 > 登机箱"})
    description = TextAreaField(_("描述"), render_kw={"rows": 4, "maxlength": 5000})
    published = BooleanField(_("录入后立即上架"), default=True)


LABELS = {"colour": _("颜色"), "size": _("尺寸"), "sku": "SKU", "price": _("价格"), "stock": _("库存"), "barcode": _("条码")}
KEYBOARDS = {"price": "decimal", "stock": "numeric", "barcode": "numeric"}
for _row in range(ROWS):
    for _cell in CELLS:
        setattr(ProductForm, f"{_cell}_{_row}", StringField(LABELS[_cell], render_kw={"maxlength": 120, "inputmode": KEYBOARDS.get(_cell, "text")}))


def rows_of(form: ProductForm, currency: str) -> list[dict[str, Any]]:
    """The rows that hold anything. Raises Invalid with the cells that cannot be read."""
    rows: list[dict[str, Any]] = []
    errors: list[Refused] = []
    form.places = []
    for at in range(ROWS):
        typed = {cell: clean(form._fields[f"{cell}_{at}"].data) for cell in CELLS}
        if not any(typed.values()):
            continue
        try:
            rows.append({"sku": typed["sku"], "barcode": typed["barcode"], "options": {NAMES[name]: typed[name] for name in NAMES if typed[name]},
                         "price_minor": money.parse(typed["price"], currency, field=f"price_{at}"),
                         "stock": whole(typed["stock"] or "0", field=f"stock_{at}")})
            form.places.append(at)
        except Refused as refused:
            errors.append(refused)
    if errors:
        raise errors[0] if len(errors) == 1 else Invalid(errors)
    return rows


def tell_rows(form: ProductForm, refused: Refused) -> Refused:
    """The same refusal with `variants.2.price` named as the form's own field."""
    if isinstance(refused, Invalid):
        return Invalid([tell_rows(form, one) for one in refused.errors])
    parts = (refused.field or "").split(".")
    if len(parts) == 3 and parts[1].isdigit() and int(parts[1]) < len(form.places):
        field = f"{AT.get(parts[2], parts[2])}_{form.places[int(parts[1])]}"
    else:
        field = "name" if refused.field == "title" else refused.field or ""
    return Refused(refused.code, refused.message, field=field, **refused.data)
