"""Contrast after WCAG 2: white on the brand colour, the brand colour on its tint and ink on the sand are at least 4.5:1."""

from __future__ import annotations

import pytest

from app.domain.brands.actions import change_settings
from app.domain.brands.rules import contrast, require_colors
from app.kernel.errors import Refused
from app.kernel.tenancy import BrandSession

GOOD = {"color": "#1f3d36", "tint": "#eef3f0", "sand": "#f3eee4"}


def test_known_contrasts() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.542, abs=0.001)
    assert contrast("#abcdef", "#abcdef") == 1


@pytest.mark.parametrize(("field", "value", "ratio"), [
    ("color", "#777777", "4.47"), ("color", "#ffff00", "1.07"), ("tint", "#1f3d36", "1.00"), ("sand", "#16181b", "1.00")])
def test_unreadable_is_refused_with_its_ratio(field: str, value: str, ratio: str) -> None:
    with pytest.raises(Refused) as refused:
        require_colors(**{**GOOD, field: value})
    assert (refused.value.code, refused.value.field, refused.value.data["ratio"]) == ("color_contrast", field, ratio)


@pytest.mark.parametrize("value", ["", "red", "#12345", "#1234567", "1f3d36", "#gggggg", "#1f3d36\n"])
def test_what_is_no_colour_is_refused(value: str) -> None:
    for field in GOOD:
        with pytest.raises(Refused) as refused:
            require_colors(**{**GOOD, field: value})
        assert (refused.value.code, refused.value.field) == ("color_invalid", field)


def test_just_enough_is_taken(session: BrandSession) -> None:
    settings = change_settings(session, brand_id=session.info["brand_id"], color="#767676", tint="#FFFFFF")
    assert (settings.color, settings.tint) == ("#767676", "#ffffff")


def test_bounds(session: BrandSession) -> None:
    brand_id = session.info["brand_id"]
    for field, low, high in (("attribution_window_days", 1, 90), ("after_sale_days", 0, 90), ("guard_bp", 0, 10_000)):
        for value in (low, high):
            change_settings(session, brand_id=brand_id, **{field: value})
        for value in (low - 1, high + 1, 10**12):
            with pytest.raises(Refused):
                change_settings(session, brand_id=brand_id, **{field: value})
