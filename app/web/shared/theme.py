"""A brand's colours as a stylesheet: the slots of tokens.css, filled from three colours of its settings."""

from __future__ import annotations

import re

from app.domain.brands.models import BrandSettings

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_DEFAULTS = {"color": "#1f3d36", "tint": "#eef3f0", "sand": "#f3eee4"}


def theme_css(settings: BrandSettings) -> str:
    """':root{--brand:…}'; a colour that cannot be read falls back to the house's."""
    color, tint, sand = (_hex(getattr(settings, name), fallback) for name, fallback in _DEFAULTS.items())
    return (f":root{{--brand:{color};--brand-hover:{mix(color, '#000000', 20)};--brand-fg:{ink_on(color)};"
            f"--brand-50:{tint};--brand-100:{mix(tint, color, 12)};--brand-sand:{sand}}}\n")


def ink_on(color: str) -> str:
    """White, or our ink where white would be under 4.5:1."""
    return "#ffffff" if 1.05 / (luminance(color) + 0.05) >= 4.5 else "#16181b"


def mix(color: str, other: str, percent: int) -> str:
    """`percent` of `other` in `color`."""
    parts = zip(_parts(color), _parts(other), strict=True)
    return "#" + "".join(f"{(one * (100 - percent) + two * percent) // 100:02x}" for one, two in parts)


def luminance(color: str) -> float:
    """Relative luminance after WCAG 2, 0 black to 1 white."""
    red, green, blue = (part / 3294.6 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in _parts(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parts(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _hex(value: str, fallback: str) -> str:
    return value if _HEX.fullmatch(value) else fallback
