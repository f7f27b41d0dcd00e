"""What an order's page says of its flagships: where each push stands, what was said, what a person can do now."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.domain.catalog.models import FlagshipSource
from app.domain.fulfilment.models import OrderPush
from app.domain.fulfilment.queries import histories, pushes_of, stock_writes_of
from app.domain.fulfilment.rules import may_retry, may_withdraw
from app.domain.orders.queries import OrderDetail
from app.web.shared import flagship_words
from app.web.shared.formats import moment
from app.web.shared.names import actor_name
from app.web.shared.serving import actor, brand_id, db


def push_facts(detail: OrderDetail) -> dict[str, Any]:
    pushes = pushes_of(db(), brand_id=brand_id(), order_id=detail.order.id)
    writes = stock_writes_of(db(), brand_id=brand_id(), order_id=detail.order.id)
    past = histories(db(), brand_id=brand_id(), push_ids=[push.id for push in pushes])
    wanted = {push.source_id for push in pushes} | {write.source_id for write in writes}
    sources = {source.id: source for source in db().scalars(select(FlagshipSource).where(FlagshipSource.id.in_(wanted)))} if wanted else {}
    titles = {line.line.id: line.line.title for line in detail.lines}
    return {"pushes": [{"push": push, "source": sources[push.source_id], "history": [_event(event) for event in past[push.id]],
                        "lines": [(titles.get(line.order_line_id, ""), line) for line in push.lines], **allowed(push)} for push in reversed(pushes)],
            "stock_writes": [(write, sources[write.source_id], titles.get(write.order_line_id, "")) for write in writes],
            "flagship_words": flagship_words, "may_push": actor().may("orders:fulfil")}


def allowed(push: OrderPush) -> dict[str, bool]:
    """What a person may do with it. Trying again at once is of use only where something waits."""
    waits = push.state in ("waiting", "unsure", "declined", "given_up", "cancel_asked") or bool(push.trouble and push.state not in ("shipped", "delivered"))
    return {"may_retry": may_retry(push.state) and waits, "may_withdraw": may_withdraw(push.state, sent=any(line.shipped_quantity for line in push.lines)),
            "may_settle": bool(push.trouble)}


def _event(event: Any) -> dict[str, str]:
    words = flagship_words.EVENTS
    said = " · ".join(part for part in (flagship_words.told(event.message, event.data), actor_name(event.by) if event.by else "") if part)
    return {"at": moment(event.at), "title": str(words.get(event.kind, event.kind)), "text": said}
