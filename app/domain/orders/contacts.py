"""Who gets the parcel: a guest's name, phone and address, checked field by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import phonenumbers

from app.kernel.errors import Invalid, Refused

ADDRESS_FIELDS = {"country": 2, "province": 40, "city": 40, "district": 40, "street": 120, "postal_code": 12}
REQUIRED = ("province", "city", "street")
LABELS = {"name": "姓名", "phone": "手机号", "province": "省份", "city": "城市", "district": "区县", "street": "详细地址",
          "postal_code": "邮编", "country": "国家"}


def clean_contact(contact: Mapping[str, Any]) -> dict[str, str]:
    """{name, phone in E.164}; Invalid names every wrong field."""
    errors: list[Refused] = []
    name = _text(contact.get("name"), "contact.name", 40, errors)
    if not name and not errors:
        errors.append(Refused("name_missing", "请填写收货人姓名", field="contact.name"))
    phone = normal_phone(str(contact.get("phone") or ""))
    if phone is None:
        errors.append(Refused("phone_invalid", "手机号不对，请检查", field="contact.phone"))
    if errors:
        raise Invalid(errors)
    return {"name": name, "phone": phone or ""}


def clean_address(address: Mapping[str, Any]) -> dict[str, str]:
    errors: list[Refused] = []
    clean = {field: _text(address.get(field), f"address.{field}", longest, errors) for field, longest in ADDRESS_FIELDS.items()}
    clean["country"] = (clean["country"] or "CN").upper()
    for field in REQUIRED:
        if not clean[field]:
            errors.append(Refused("address_incomplete", "请填写%(label)s", field=f"address.{field}", label=LABELS[field]))
    if errors:
        raise Invalid(errors)
    return clean


def normal_phone(text: str, region: str = "CN") -> str | None:
    """E.164, or None when it is no possible number."""
    try:
        number = phonenumbers.parse(text[:40], region)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if phonenumbers.is_possible_number(number) else None


def _text(value: object, field: str, longest: int, errors: list[Refused]) -> str:
    if value is None:
        return ""
    text = " ".join(str(value).split())
    if len(text) > longest or "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        errors.append(Refused("text_invalid", "太长或有无法保存的字符（最多 %(longest)d 个字）", field=field, longest=longest))
        return ""
    return text
