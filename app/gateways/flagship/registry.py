"""The kinds of flagship there are: ours and those of installed packages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint

from .feed_kind import MERCHANT_FEED, SPREADSHEET
from .kinds import GROUP, Kind, collect
from .mapped import GRAPHQL
from .shopify import SHOPIFY
from .woocommerce import WOOCOMMERCE

BUILT_IN = (MERCHANT_FEED, SPREADSHEET, SHOPIFY, WOOCOMMERCE, GRAPHQL)
BESIDE = (EntryPoint("jd", "app.gateways.jd.kind:JD", GROUP),)
"""Ours too, in folders of their own that build upon this one: loaded when asked for, as an outsider's are."""


@cache
def kinds() -> Mapping[str, Kind]:
    """By name, ours first. Read once per process."""
    return collect((*BUILT_IN, *(entry.load() for entry in BESIDE)))
