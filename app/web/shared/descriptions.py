"""A product's description as text. From a flagship it is a little safe HTML, typed in by hand it is plain: both read the same."""

from __future__ import annotations

import html
import re

import nh3

ITEM = re.compile(r"<li\b[^>]*>", re.IGNORECASE)
BREAK = re.compile(r"</?(?:p|br|ul|ol|h3|h4|blockquote)\b[^>]*>", re.IGNORECASE)
BLANK = re.compile(r"\s*\n\s*")


def as_text(description: str) -> str:
    """Paragraphs and list items as lines, no tags, entities resolved. It is text: whoever shows it escapes it."""
    lines = BREAK.sub("\n", ITEM.sub("\n· ", description))
    return BLANK.sub("\n", html.unescape(nh3.clean(lines, tags=set()))).strip()
