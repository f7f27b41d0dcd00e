"""What the shopper fills in to order, and where a refusal is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField, TextAreaField

from app.kernel.errors import Invalid, Refused
from app.kernel.ids import new_code
from app.kernel.texts import clean
from app.web.shared.errors import says

FIELD_OF = {
    "contact.name": "name", "contact.phone": "phone", "address.province": "province", "address.city": "city",
    "address.district": "district", "address.street": "street", "guide_number": "guide_number",
}
MOST_COUPONS = 9


class CheckoutForm(FlaskForm):
    """Plain fields, checked by the flow: one rule for page and API. `key` makes a second press the same order (R10)."""

    name = StringField(_("收货人"))
    phone = StringField(_("手机号"))
    province = StringField(_("省份"))
    city = StringField(_("城市"))
    district = StringField(_("区县"))
    street = StringField(_("详细地址"))
    note = TextAreaField(_("留言"))
    guide_number = StringField(_("谁为你服务"))
    coupon = StringField(_("优惠码"))
    used = HiddenField()
    key = HiddenField()
    seen_total = HiddenField()

    def checkout_key(self) -> str:
        if not self.key.data:
            self.key.data = new_code(24)
        return str(self.key.data)[:64]

    def contact(self) -> dict[str, str]:
        return {"name": self.name.data or "", "phone": self.phone.data or ""}

    def address(self) -> dict[str, str]:
        return {part: getattr(self, part).data or "" for part in ("province", "city", "district", "street")}

    def typed_coupon(self) -> str:
        return clean(self.coupon.data).upper()[:40]

    def coupon_codes(self) -> tuple[str, ...]:
        """Those in use, then the one typed; each once, in that order."""
        typed = self.typed_coupon()
        return tuple(dict.fromkeys([*clean(self.used.data).upper().split()[:MOST_COUPONS], *([typed] if typed else [])]))

    def keep_coupons(self, used: Sequence[str], unused: Mapping[str, str]) -> None:
        """What applies is in use from now on; a typed one that does not stays in its field, with the reason."""
        typed = self.typed_coupon()
        self.used.data = " ".join(used)
        if typed in unused:
            self.coupon.errors = [unused[typed]]
        else:
            self.coupon.data = ""

    def expected_minor(self) -> int | None:
        """The total the shopper saw; something unreadable is a total that never matches."""
        text = self.seen_total.data or ""
        if not text:
            return None
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1

    def say(self, refused: Refused) -> bool:
        """Put the refusal at its field, or on top of the form; says whether it found a field."""
        found = False
        for one in refused.errors if isinstance(refused, Invalid) else [refused]:
            name = FIELD_OF.get(one.field or "", "")
            if not name:
                self.form_errors.append(says(one))
                continue
            getattr(self, name).errors = [says(one)]
            found = True
        return found
