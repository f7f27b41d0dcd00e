"""What every bag has: floor shadow, zips, seams, handles, the name plate, shaded bodies."""

from __future__ import annotations

from demo.flagship.art.svg import INK, PAPER, circle, clipped, ellipse, group, path, rect, stroke


def floor_shadow(width: float, depth: float = 17) -> str:
    return ellipse(0, -4, width / 2, depth, fill="url(#gG)")


def mark(x: float, y: float, size: float, colour: str, weight: float = 2.2) -> str:
    """The brand's mark, a road that climbs, centred on (x, y); `size` is its width."""
    road = stroke("M4 17c4 0 5-9 10-9h6M9.5 17H20", colour, weight)
    scale = size / 16
    return group(road, x=x - 12 * scale, y=y - 12.5 * scale, scale=scale)


def plate(x: float, y: float, width: float = 40) -> str:
    high = width * 0.42
    return (
        rect(x - width / 2, y - high / 2, width, high, 3.5, PAPER)
        + rect(x - width / 2, y - high / 2, width, high, 3.5, stroke="#000", stroke_opacity=0.2)
        + mark(x, y, width * 0.42, "#26292d", 2.4)
    )


def leather_tab(x: float, y: float, width: float = 30, colour: str = "#8a5a37") -> str:
    high = width * 0.62
    return (
        rect(x - width / 2, y - high / 2, width, high, 4, colour)
        + rect(
            x - width / 2 + 2.5,
            y - high / 2 + 2.5,
            width - 5,
            high - 5,
            3,
            stroke="#fff",
            stroke_opacity=0.4,
            stroke_dasharray="2.5 2",
        )
        + mark(x, y, width * 0.4, "#f3e9dc", 2)
    )


def zipper(d: str, weight: float = 5) -> str:
    return stroke(d, "#000", weight, 0.4) + stroke(
        d, "#fff", weight * 0.3, 0.38, cap="butt", stroke_dasharray="2.5 2.5"
    )


def pull(x: float, y: float, width: float = 24, height: float = 8) -> str:
    return rect(x - width / 2, y - height / 2, width, height, min(width, height) / 2, INK) + circle(
        x - width / 2 + 4, y, 1.6, "#8d9196"
    )


def seam(d: str, opacity: float = 0.28) -> str:
    """A line of stitches: a fold in shade with thread on it."""
    return stroke(d, "#000", 2.4, opacity * 0.7) + stroke(
        d, "#fff", 1.2, opacity * 1.2, cap="butt", stroke_dasharray="4 3"
    )


def shaded(d: str, colour: str, *details: str, shade: str = "gD") -> str:
    """A body of one colour in light from the upper left; details are cut off at its edge."""
    light = path(d, f"url(#{shade})")
    if not any(details):
        return path(d, colour) + light + stroke(d, "#fff", 1.2, 0.2)
    inner = clipped(path(d, "#000"), *details, light, stroke(d, "#fff", 3.4, 0.26))
    return path(d, colour) + inner + stroke(d, "#000", 0.8, 0.22)


def box(x: float, y: float, w: float, h: float, r: float) -> str:
    """A rounded rectangle as a path."""
    r = min(r, w / 2, h / 2)
    return (
        f"M{x + r:.1f} {y:.1f}h{w - 2 * r:.1f}a{r:.1f} {r:.1f} 0 0 1 {r:.1f} {r:.1f}v{h - 2 * r:.1f}"
        f"a{r:.1f} {r:.1f} 0 0 1 {-r:.1f} {r:.1f}h{2 * r - w:.1f}a{r:.1f} {r:.1f} 0 0 1 {-r:.1f} {-r:.1f}"
        f"v{2 * r - h:.1f}a{r:.1f} {r:.1f} 0 0 1 {r:.1f} {-r:.1f}z"
    )


def sheet(x: float, y: float, w: float, h: float, r: float, colour: str, *details: str) -> str:
    """A shaded rounded rectangle."""
    return shaded(box(x, y, w, h, r), colour, *details)


def loop(d: str, weight: float = 9, colour: str = INK) -> str:
    """A handle or strap: a thick line with a thin light on it."""
    return stroke(d, colour, weight) + stroke(d, "#fff", weight * 0.22, 0.2)


def buckle(x: float, y: float, width: float = 22, height: float = 15) -> str:
    return (
        rect(x - width / 2, y - height / 2, width, height, 4, "#2b2d31")
        + rect(x - width / 2 + 4, y - height / 2 + 3, width - 8, 3, 1.5, "#6b6f75")
        + rect(x - 2, y - height / 2 + 5, 4, height - 8, 2, "#4b4f55")
    )
