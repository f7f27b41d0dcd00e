"""The alliance 京东联盟: its goods and links, and the rows of orders it owes a commission for, read by hour windows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import count

from app.domain.alliance.ports import AllianceRow, AllianceState
from app.domain.catalog.ports import FlagshipUnreachable
from app.kernel.errors import msgid

from .amounts import basis_points, minor
from .replies import Body, objects, text, whole_number, yes
from .signing import beijing_text, moment_of
from .union_goods import UnionGoods
from .windows import whole_windows

HOUR = timedelta(hours=1)
OVERLAP = timedelta(minutes=30)
"""A row may become visible after the moment it carries."""
PAGE = 500
READINGS = 4
BY_CHANGE = 3
THROUGH_YUNDIAN = 21
CROWDED = msgid("同一秒内变动的联盟订单太多，京东没有一次给全，请稍后再读")
STATES = {15: AllianceState.UNPAID, 24: AllianceState.DEPOSIT, 16: AllianceState.PAID, 17: AllianceState.FINISHED, 2: AllianceState.SPLIT}
VOID_REASONS = {
    3: msgid("订单已取消"), THROUGH_YUNDIAN: msgid("云店订单：京东联盟不付佣金，按品牌自己的导购佣金结算"),
}
OTHERWISE_VOID = msgid("京东联盟判定无效（%(valid_code)s）")


@dataclass(frozen=True, slots=True)
class Union(UnionGoods):
    """An AlliancePool."""

    def changed_rows(self, *, since: datetime, until: datetime) -> Iterator[AllianceRow]:
        """JD answers for an hour at a time; a window that does not fit into one page is halved."""
        first_page = partial(self._page, 1)
        for row in whole_windows(first_page, self._crowded, since=since - OVERLAP, until=until, longest=HOUR):
            yield alliance_row(row)

    def _crowded(self, start: datetime, end: datetime) -> Iterator[Body]:
        """More than a page in one second: read until two readings agree."""
        before: dict[str, Body] = {}
        for _ in range(READINGS):
            found = {text(row.get("id")): row for row in self._every_page(start, end)}
            if found == before:
                yield from found.values()
                return
            before = found
        raise FlagshipUnreachable("listing_incomplete", CROWDED)

    def _every_page(self, start: datetime, end: datetime) -> Iterator[Body]:
        for number in count(1):
            rows, whole = self._page(number, start, end)
            yield from rows
            if whole:
                return

    def _page(self, number: int, start: datetime, end: datetime) -> tuple[list[Body], bool]:
        asked = {"type": BY_CHANGE, "startTime": beijing_text(start), "endTime": beijing_text(end), "pageIndex": number, "pageSize": PAGE}
        return self.ask("order.row.query", {"orderReq": asked}, lambda told: (objects(told.get("data")), not yes(told.get("hasMore"))))


def alliance_row(row: Body) -> AllianceRow:
    valid_code = whole_number(row.get("validCode"))
    state = STATES.get(valid_code, AllianceState.VOID)
    base = row.get("actualCosPrice" if state is AllianceState.FINISHED else "estimateCosPrice")
    return AllianceRow(
        id=text(row.get("id")), order_id=text(row.get("orderId")), external_id=text(row.get("skuId")), quantity=whole_number(row.get("skuNum")),
        returned=whole_number(row.get("skuReturnNum")), state=state, valid_code=valid_code,
        void_reason=VOID_REASONS.get(valid_code, OTHERWISE_VOID) if state is AllianceState.VOID else "", through_own_shop=valid_code == THROUGH_YUNDIAN,
        commission_bp=basis_points(row.get("commissionRate")), base_minor=minor(base) or 0,
        estimate_minor=minor(row.get("estimateFee")) or 0, actual_minor=minor(row.get("actualFee")) or 0, code=text(row.get("subUnionId")),
        position=whole_number(row.get("positionId")), same_shop=whole_number(row.get("traceType")) == 2, settles_on=whole_number(row.get("payMonth")),
        ordered_at=moment_of(row.get("orderTime")), finished_at=moment_of(row.get("finishTime")), changed_at=moment_of(row.get("modifyTime")))
