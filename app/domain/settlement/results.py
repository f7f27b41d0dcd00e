"""The bank's result file: which column is which, and what a line says, before anything is looked up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from app.kernel.errors import Refused
from app.kernel.sheets import Row, RowError, sheet

COLUMNS = {
    "payout": ("打款编号", "附言", "备注编号", "业务编号", "客户流水号", "payout", "payout id", "id", "reference"),
    "result": ("结果", "状态", "交易状态", "处理结果", "付款结果", "result", "status", "state"),
    "reason": ("原因", "失败原因", "退汇原因", "说明", "备注", "reason", "message", "remark"),
}
NEEDED = {"payout": "打款编号", "result": "结果"}
RESULTS = {
    **dict.fromkeys(("成功", "已到账", "到账", "付款成功", "交易成功", "处理成功", "success", "succeeded", "ok", "paid", "confirmed"), "confirmed"),
    **dict.fromkeys(("失败", "退汇", "已退汇", "付款失败", "交易失败", "处理失败", "fail", "failed", "failure", "returned", "rejected"), "failed"),
}
MAX_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class ResultRow:
    """`result` is confirmed or failed; a failed one has its reason."""

    line: int
    payout_id: UUID
    result: str
    reason: str


def read_results(rows: Iterable[Row]) -> tuple[list[ResultRow], list[RowError]]:
    """The good lines and what is wrong with the others. Refuses a table without these columns, without lines or with too many."""
    table = sheet(rows, columns=COLUMNS, needed=NEEDED)
    if table.missing:
        raise Refused("results_header", "回单缺少这些列：%(columns)s", field="file", columns="、".join(table.missing))
    if not table.lines:
        raise Refused("results_empty", "回单里没有打款", field="file")
    if len(table.lines) > MAX_ROWS:
        raise Refused("file_too_long", "表格超过 %(most)d 行，请分成几份", field="file", most=MAX_ROWS)
    good: list[ResultRow] = []
    errors: list[RowError] = []
    seen: dict[UUID, int] = {}
    for line, told in table.told():
        if told["payout"] == "" and told["result"] == "":
            continue
        row = _read(line, told, seen)
        (good if isinstance(row, ResultRow) else errors).append(row)  # type: ignore[arg-type]
    return good, errors


def _read(line: int, told: dict[str, str], seen: dict[UUID, int]) -> ResultRow | RowError:
    try:
        payout_id = UUID(told["payout"].lstrip("'").removeprefix("payout:"))
    except ValueError:
        return RowError(line, "payout", "payout_unknown", "“%(text)s”不是打款编号", {"text": told["payout"][:40]})
    result, reason = RESULTS.get(told["result"].lower()), told.get("reason", "")[:200]
    first = seen.setdefault(payout_id, line)
    if first != line:
        return RowError(line, "payout", "payout_repeated", "与第 %(first)d 行重复", {"first": first})
    if result is None:
        return RowError(line, "result", "result_unknown", "不认识结果“%(text)s”，可填成功或失败", {"text": told["result"][:20]})
    if result == "failed" and not reason:
        return RowError(line, "reason", "required", "失败的要写原因，收款方会看到")
    return ResultRow(line, payout_id, result, reason)
