"""Connect flagship: which kinds of source there are, what each needs to know, and the connector for its settings."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from app.domain.catalog.ports import Download, FlagshipConnector
from app.kernel.errors import Invalid, Refused, msgid

from .merchant_feed import MerchantFeed
from .own_template import template_csv
from .source import MAX_BYTES, Source, from_content, from_path
from .spreadsheet import Spreadsheet

__all__ = ["KINDS", "MAX_BYTES", "Kind", "SettingsField", "connect", "settings_errors", "template_csv"]


@dataclass(frozen=True, slots=True)
class SettingsField:
    """`control` is url, text or upload; `label` is a gettext msgid."""

    name: str
    label: str
    control: str
    accept: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of flagship source; exactly one of its fields is given. `label` and `hint` are gettext msgids."""

    kind: str
    label: str
    hint: str
    fields: tuple[SettingsField, ...]


KINDS = {
    "merchant_feed": Kind("merchant_feed", "商品数据源（Google Merchant）", msgid("RSS、Atom 或 TSV，填写网址或上传文件"), (
        SettingsField("url", "数据源网址", "url"),
        SettingsField("file", "上传文件", "upload", ".xml,.rss,.atom,.tsv,.txt,.gz"),
        SettingsField("content", msgid("数据源内容"), "text"),
    )),
    "spreadsheet": Kind("spreadsheet", "商品表格", msgid("CSV 或 XLSX：Shopify 导出的商品表，或本站的模板"), (
        SettingsField("file", "上传文件", "upload", ".csv,.xlsx,.tsv,.txt"),
        SettingsField("content", msgid("表格内容"), "text"),
    )),
}


def connect(
    kind: str, settings: Mapping[str, object], *, download: Download, now: datetime | None = None
) -> FlagshipConnector:
    """The connector for these settings; nothing is fetched before `list_items`.

    `file` is bytes or a pathlib.Path made by the caller. Text is refused there: settings typed by a person or sent
    through the API must never name a file of this machine. `now` decides whether a dated sale price runs; without
    it the time of listing does. Raises Refused (or Invalid) for what `settings_errors` reports.
    """
    errors = settings_errors(kind, settings)
    if errors:
        raise errors[0] if len(errors) == 1 else Invalid(errors)

    def source() -> Source:
        return _source(settings, download)

    return MerchantFeed(source, now) if kind == "merchant_feed" else Spreadsheet(source)


def settings_errors(kind: str, settings: Mapping[str, object]) -> list[Refused]:
    """What is wrong with them, by field; empty when `connect` takes them."""
    if kind not in KINDS:
        return [Refused("kind_unknown", "没有“%(kind)s”这种旗舰店来源", field="kind", kind=kind[:40])]
    names = [field.name for field in KINDS[kind].fields]
    given = [name for name in names if settings.get(name) not in (None, "")]
    unknown = [name for name in settings if name not in names and settings[name] not in (None, "")]
    errors = [Refused("setting_unknown", "这种来源没有设置项“%(name)s”", field=str(name)[:40], name=str(name)[:40])
              for name in unknown]
    if len(given) > 1:
        errors.append(Refused("source_ambiguous", "网址、文件和内容只能给一个", field=given[1]))
    if not given and not unknown:
        errors.append(Refused("source_missing", "请填写网址或上传文件", field=names[0]))
    return errors + [error for name in given if (error := _field_error(name, settings[name]))]


def _field_error(name: str, value: object) -> Refused | None:
    if name == "url" and not _is_web_url(value):
        return Refused("url_invalid", "网址须以 http:// 或 https:// 开头", field="url")
    if name == "content" and not isinstance(value, str | bytes):
        return Refused("content_invalid", "内容须是文字", field="content")
    if name == "file" and not isinstance(value, bytes | os.PathLike):
        return Refused("file_invalid", "请上传文件", field="file")
    if isinstance(value, str | bytes) and len(value) > MAX_BYTES:
        return Refused("too_large", "文件超过 %(limit_mb)d MB", field=name, limit_mb=MAX_BYTES // 1024 // 1024)
    return None


def _is_web_url(value: object) -> bool:
    if not isinstance(value, str) or len(value) > 2000 or not value.isprintable() or " " in value.strip():
        return False
    try:
        parts = urlsplit(value.strip())
        return parts.scheme.lower() in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _source(settings: Mapping[str, object], download: Download) -> Source:
    file, content, url = settings.get("file"), settings.get("content"), settings.get("url")
    if isinstance(file, os.PathLike):
        return from_path(Path(file))
    given = content if file is None or file == "" else file
    if isinstance(given, str | bytes) and given != "":
        return from_content(given)
    return from_content(download(str(url).strip(), max_bytes=MAX_BYTES))
