"""The two kinds that are a file: a product feed by URL or upload, and a spreadsheet."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from app.domain.catalog.ports import FlagshipConnector, FlagshipUnreachable
from app.kernel.errors import msgid

from .fields import SettingsField
from .kinds import Kind, Means
from .merchant_feed import MerchantFeed
from .retrying import PASSING_CODES, PASSING_STATUSES, TryAgain
from .source import MAX_BYTES, Source, from_content, from_path, from_writing
from .spreadsheet import Spreadsheet


def file_source(settings: Mapping[str, object], means: Means) -> Source:
    """The file, fetched now if it is a URL.

    `file` is bytes or a pathlib.Path made by the caller. Text is refused there: settings typed by a person or sent
    through the API must never name a file of this machine.
    """
    file, content, url = settings.get("file"), settings.get("content"), settings.get("url")
    if isinstance(file, os.PathLike):
        return from_path(Path(file))
    given = content if file is None or file == "" else file
    if isinstance(given, str | bytes) and given != "":
        return from_content(given)
    return from_writing(lambda target: _download(str(url).strip(), means, target))


def _download(url: str, means: Means, target: BinaryIO) -> None:
    def attempt() -> None:
        target.seek(0)
        target.truncate()
        try:
            means.download(url, max_bytes=MAX_BYTES, into=target)
        except FlagshipUnreachable as lost:
            if lost.code in PASSING_CODES or lost.data.get("status") in PASSING_STATUSES:
                raise TryAgain(lost, after=float(str(lost.data.get("after", 0)))) from None
            raise

    means.retry()(attempt)


def _feed(settings: Mapping[str, object], means: Means) -> FlagshipConnector:
    return MerchantFeed(lambda: file_source(settings, means), means.now, means.retry() if settings.get("url") else None)


def _sheet(settings: Mapping[str, object], means: Means) -> FlagshipConnector:
    return Spreadsheet(lambda: file_source(settings, means), means.now)


MERCHANT_FEED = Kind(
    "merchant_feed", msgid("商品数据源（Google Merchant）"), msgid("RSS、Atom 或 TSV，填写网址或上传文件"), (
        SettingsField("url", "数据源网址", "url"),
        SettingsField("file", "上传文件", "upload", accept=".xml,.rss,.atom,.tsv,.txt,.gz"),
        SettingsField("content", "数据源内容", "text"),
    ), _feed, alternatives=("url", "file", "content"))

SPREADSHEET = Kind(
    "spreadsheet", msgid("商品表格"), msgid("CSV 或 XLSX：Shopify 或 WooCommerce 导出的商品表，或本站的模板"), (
        SettingsField("file", "上传文件", "upload", accept=".csv,.xlsx,.tsv,.txt"),
        SettingsField("content", "表格内容", "text"),
    ), _sheet, alternatives=("file", "content"))
