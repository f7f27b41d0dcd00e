"""A little Markdown for texts that headquarters writes: ## heading, - item, **bold**, blank line between paragraphs. Nothing else is markup:
everything typed is escaped first, and nh3 lets only our own tags through."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

import nh3
from markupsafe import Markup, escape

BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
TAGS = {"h3", "p", "ul", "li", "strong", "br"}


def marked_up(text: str) -> Markup:
    return Markup(nh3.clean("".join(_blocks(str(escape(text)).splitlines())), tags=TAGS, attributes={}))  # noqa: S704 (cleaned on the line itself)


def _blocks(lines: list[str]) -> Iterator[str]:
    for kind, group in groupby(lines, _kind):
        texts = [BOLD.sub(r"<strong>\1</strong>", line.lstrip("#- ")) for line in group]
        if kind == "h3":
            yield from (f"<h3>{text}</h3>" for text in texts)
        elif kind == "ul":
            yield f"<ul>{''.join(f'<li>{text}</li>' for text in texts)}</ul>"
        elif kind == "p":
            yield f"<p>{'<br>'.join(texts)}</p>"


def _kind(line: str) -> str:
    if not line.strip():
        return ""
    return "h3" if line.startswith("## ") else "ul" if line.startswith("- ") else "p"
