from __future__ import annotations

import os
from pathlib import Path

import pytest
from catalogues import listed

from app.domain.catalog.ports import ListedVariant

FORMATS = (
    ("merchant_feed", "google-merchant/feed_rss.xml"), ("merchant_feed", "google-merchant/feed_atom.xml"),
    ("merchant_feed", "google-merchant/feed.tsv"), ("spreadsheet", "shopify-csv/saleor_as_shopify.csv"),
)


@pytest.mark.skipif("REFEREES" not in os.environ, reason="REFEREES names the folder of the public samples")
def test_73_items_with_equal_prices() -> None:
    data = Path(os.environ["REFEREES"]) / "flagship" / "data"
    prices = []
    for kind, path in FORMATS:
        items = [item for item in listed(kind, data / path, currency="USD") if isinstance(item, ListedVariant)]
        assert len(items) == 73
        prices.append({item.external_id: (item.price_minor, item.group_id) for item in items})
    assert all(found == prices[0] for found in prices)
