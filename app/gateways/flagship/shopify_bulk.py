"""A bulk operation of Shopify: it writes the whole catalogue into a file, which is read line by line from where we stopped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from app.domain.catalog.ports import FlagshipUnreachable

from .asking import broken
from .encodings import scrub
from .shopify_api import ShopifyApi
from .shopify_queries import BULK, BULK_STATE, RUN_BULK
from .wire import Fields, fields_of, list_of, text_of

PIECE = 4 * 1024 * 1024
POLL_SECONDS = 10.0
POLLS = 1_000
RUNNING = frozenset({"CREATED", "RUNNING"})
BUSY = frozenset({"OPERATION_IN_PROGRESS", "LIMIT_REACHED"})


@dataclass(frozen=True, slots=True)
class ResultFile:
    url: str
    size: int


@dataclass(frozen=True, slots=True)
class Bulk:
    api: ShopifyApi
    piece: int = PIECE

    def start(self) -> str:
        """The id of a new operation. One that was started before and whose answer was lost runs in vain and harms nobody."""
        for _ in range(POLLS):
            result = self.api.ask(RUN_BULK, {"query": BULK}, lambda data: fields_of(data.get("bulkOperationRunQuery")))
            errors = [fields_of(error) for error in list_of(result.get("userErrors"))]
            operation = text_of(fields_of(result.get("bulkOperation")).get("id"))
            if operation:
                return operation
            if not {text_of(error.get("code")) for error in errors} & BUSY:
                said = scrub("；".join(text_of(error.get("message")) for error in errors))[:200]
                raise FlagshipUnreachable("graphql_error", "旗舰店回答了错误：%(said)s", said=said)
            self.api.asking.retry.sleep(POLL_SECONDS)
        raise _slow()

    def wait(self, operation: str) -> ResultFile | None:
        """The file when it is written; None when the operation failed or is no longer known."""
        for poll in range(POLLS):
            state = self.api.ask(BULK_STATE, {"id": operation}, lambda data: fields_of(data.get("node")))
            if state.get("status") == "COMPLETED":
                size = text_of(state.get("fileSize"))
                return ResultFile(text_of(state.get("url")), int(size) if size.isdecimal() else 0)
            if state.get("status") not in RUNNING:
                return None
            self.api.asking.retry.sleep(min(1.0 + poll, POLL_SECONDS))
        raise _slow()

    def products(self, file: ResultFile, *, begin: int) -> Iterator[tuple[Fields, list[Fields], int]]:
        """(product, its variants, offset behind them). Raises FlagshipUnreachable for a file that is not what was asked for."""
        product: dict[str, object] = {}
        variants: list[Fields] = []
        pictures: list[Fields] = []
        for at, line in self._lines(file, begin):
            row = _row(line)
            parent = text_of(row.get("__parentId"))
            if not parent:
                if product:
                    yield product, variants, at
                pictures, variants = [], []
                product = {**row, "media": {"nodes": pictures}}
            elif parent != product.get("id"):
                raise broken().reason
            elif "/ProductVariant/" in text_of(row.get("id")):
                variants.append(row)
            else:
                pictures.append(row)
        if product:
            yield product, variants, file.size

    def _lines(self, file: ResultFile, begin: int) -> Iterator[tuple[int, bytes]]:
        """(offset, line) of every line from `begin`, which is the start of one."""
        read, rest = begin, b""
        while read < file.size:
            piece = self.api.file_piece(file.url, read, self.piece, file.size)
            at, read = read - len(rest), read + len(piece)
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                if line.strip():
                    yield at, line
                at += len(line) + 1
        if rest.strip():
            yield file.size - len(rest), rest


def _row(line: bytes) -> Fields:
    try:
        return fields_of(orjson.loads(line))
    except orjson.JSONDecodeError:
        raise broken().reason from None


def _slow() -> FlagshipUnreachable:
    return FlagshipUnreachable("bulk_slow", "旗舰店的批量导出迟迟没有完成，请稍后再试")
