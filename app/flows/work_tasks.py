"""Tasks by the clock: what is due today is asked, what links have done is ticked, what is past its deadline is late.

Each step is one statement over the whole brand, and doing it again changes nothing: unique keys, and conditions on the state.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.brands.queries import brand
from app.domain.customers.rules import customer_key
from app.domain.insights.customer_book import serving as guides_serving
from app.domain.notices.actions import Telling, tell
from app.domain.sharing.touch_log import SEEN
from app.domain.tasks.rules import SLOTS
from app.kernel.clock import local_day
from app.kernel.db import gather

_SLOTS = ", ".join(f"('{slot}', time '{at:%H:%M}')" for slot, at in SLOTS.items())
_DUE = f"""
SELECT p.brand_id, p.id, k.slot, (%(day)s::date + k.at) AT TIME ZONE %(timezone)s AS starts_at, p.hours, p.audience, p.segment_id, u.path
FROM task_templates p CROSS JOIN (VALUES {_SLOTS}) k(slot, at)
LEFT JOIN org_units u ON u.brand_id = p.brand_id AND u.id = p.org_unit_id
WHERE p.brand_id = %(brand_id)s AND p.paused_at IS NULL AND p.ended_at IS NULL AND p.from_day <= %(day)s AND (p.to_day IS NULL OR p.to_day >= %(day)s)
  AND CASE p.schedule WHEN 'once' THEN p.from_day = %(day)s WHEN 'weekly' THEN p.weekday = extract(isodow FROM %(day)s::date) ELSE true END
  AND CASE k.slot WHEN 'morning' THEN p.morning ELSE p.noon END
  AND (p.product_id IS NULL OR EXISTS (SELECT FROM products g WHERE g.brand_id = p.brand_id AND g.id = p.product_id AND g.status = 'published'
    AND g.tombstoned_at IS NULL))
  AND (p.activity_id IS NULL OR EXISTS (SELECT FROM activities x WHERE x.brand_id = p.brand_id AND x.id = p.activity_id AND x.ends_at > %(now)s))"""  # noqa: S608 (pieces are ours)
ASK = f"""
WITH due AS ({_DUE}), new AS (
  INSERT INTO tasks (brand_id, id, template_id, day, slot, starts_at, due_at)
  SELECT brand_id, gen_random_uuid(), id, %(day)s, slot, starts_at, starts_at + make_interval(hours => hours) FROM due
  WHERE starts_at <= %(now)s AND starts_at + make_interval(hours => hours) > %(now)s
  ON CONFLICT (brand_id, template_id, day, slot) DO NOTHING RETURNING brand_id, id, template_id, slot)
INSERT INTO task_assignments (brand_id, id, task_id, guide_id, store_id)
SELECT n.brand_id, gen_random_uuid(), n.id, g.id, g.store_id
FROM new n JOIN due d ON d.id = n.template_id AND d.slot = n.slot
JOIN guides g ON g.brand_id = n.brand_id AND g.status = 'active' AND d.audience IN ('all', g.kind)
JOIN org_units s ON s.brand_id = g.brand_id AND s.id = g.store_id AND (d.path IS NULL OR left(s.path, length(d.path)) = d.path)
WHERE d.segment_id IS NULL OR (d.segment_id, g.id) IN (SELECT * FROM unnest(%(segments)s::uuid[], %(serving)s::uuid[]))
ON CONFLICT (brand_id, task_id, guide_id) DO NOTHING RETURNING id"""  # noqa: S608 (pieces are ours)
_SEGMENTS = """
SELECT g.id, g.terms FROM segments g WHERE g.brand_id = %(brand_id)s AND EXISTS (SELECT FROM task_templates p
  WHERE p.brand_id = g.brand_id AND p.segment_id = g.id AND p.paused_at IS NULL AND p.ended_at IS NULL)"""
_ASKED = """
SELECT a.id, t.id, p.title, g.account_id FROM task_assignments a JOIN tasks t ON t.brand_id = a.brand_id AND t.id = a.task_id
JOIN task_templates p ON p.brand_id = t.brand_id AND p.id = t.template_id JOIN guides g ON g.brand_id = a.brand_id AND g.id = a.guide_id
WHERE a.brand_id = %(brand_id)s AND a.id = ANY(%(ids)s) AND g.account_id IS NOT NULL"""
_SHARERS = """
SELECT DISTINCT g.id, g.phone FROM task_assignments a JOIN tasks t ON t.brand_id = a.brand_id AND t.id = a.task_id
JOIN task_templates p ON p.brand_id = t.brand_id AND p.id = t.template_id AND p.kind = 'share' JOIN guides g ON g.brand_id = a.brand_id AND g.id = a.guide_id
WHERE a.brand_id = %(brand_id)s AND a.state = 'open'"""
OPENED = f"""
WITH o AS MATERIALIZED (
  SELECT a.id, min(v.at) AS at FROM task_assignments a JOIN tasks t ON t.brand_id = a.brand_id AND t.id = a.task_id
  JOIN task_templates p ON p.brand_id = t.brand_id AND p.id = t.template_id AND p.kind = 'share'
  JOIN share_links l ON l.brand_id = a.brand_id AND l.guide_id = a.guide_id AND (p.product_id IS NULL OR l.product_id = p.product_id)
    AND (p.product_id IS NOT NULL OR p.activity_id IS NULL OR l.activity_id = p.activity_id)
  JOIN {SEEN} v ON v.brand_id = l.brand_id AND v.share_link_id = l.id AND NOT v.bot AND v.at >= t.starts_at AND v.at < t.due_at
  WHERE a.brand_id = %(brand_id)s AND a.state = 'open' AND NOT EXISTS (SELECT FROM visitor_logins w
    JOIN unnest(%(guides)s::uuid[], %(customers)s::uuid[]) own(guide_id, customer_id) ON own.customer_id = w.customer_id
    WHERE w.brand_id = a.brand_id AND w.visitor = v.visitor AND own.guide_id = a.guide_id)
  GROUP BY a.id)
UPDATE task_assignments a SET state = 'done', done_at = o.at, done_by = 'link' FROM o
WHERE a.brand_id = %(brand_id)s AND a.id = o.id AND a.state = 'open' RETURNING 1"""  # noqa: S608 (the log's own text)
"""Materialized: looked up once, not once for each open assignment, whatever the planner knows of a young brand."""
LATE = """
UPDATE task_assignments a SET state = CASE g.status WHEN 'active' THEN 'late' ELSE 'excused' END FROM tasks t, guides g
WHERE a.brand_id = %(brand_id)s AND a.state = 'open' AND t.brand_id = a.brand_id AND t.id = a.task_id AND t.due_at <= %(now)s
  AND g.brand_id = a.brand_id AND g.id = a.guide_id RETURNING CASE g.status WHEN 'active' THEN a.id END"""


def work_tasks(session: Session, *, brand_id: int, now: datetime) -> tuple[int, int, int]:
    """(asked anew, done by a link, late). A day that passed while nobody looked is not made up for; who left meanwhile is excused."""
    opened = tick_opened(session, brand_id=brand_id)
    late = gather(session, (LATE, {"brand_id": brand_id, "now": now}))[0]
    _tell(session, brand_id, "task_late", [row[0] for row in late if row[0]], now)
    return ask_due(session, brand_id=brand_id, now=now), opened, len(late)


def ask_due(session: Session, *, brand_id: int, now: datetime) -> int:
    """Makes the tasks whose part of the brand's day has begun and whose deadline has not passed, and tells whom they are for."""
    timezone = brand(session, brand_id=brand_id).timezone
    segments, serving = _serving(session, brand_id, timezone, now)
    values = {"brand_id": brand_id, "now": now, "timezone": timezone, "day": local_day(now, timezone), "segments": segments, "serving": serving}
    asked = [row[0] for row in gather(session, (ASK, values))[0]]
    _tell(session, brand_id, "task", asked, now)
    return len(asked)


def _serving(session: Session, brand_id: int, timezone: str, now: datetime) -> tuple[list[UUID], list[UUID]]:
    """(segment, guide) for every segment a running task is about and every guide who serves somebody in it, as two columns."""
    pairs = [(segment_id, guide_id) for segment_id, terms in gather(session, (_SEGMENTS, {"brand_id": brand_id}))[0]
             for guide_id in guides_serving(session, brand_id=brand_id, timezone=timezone, now=now, terms=terms)]
    return [segment_id for segment_id, _ in pairs], [guide_id for _, guide_id in pairs]


def tick_opened(session: Session, *, brand_id: int) -> int:
    """A share task is done when a link of hers to its goods was opened by somebody else, no program (R8); without goods, any link of hers."""
    sharers = gather(session, (_SHARERS, {"brand_id": brand_id}))[0]
    if not sharers:
        return 0
    values = {"brand_id": brand_id, "guides": [row[0] for row in sharers], "customers": [customer_key(brand_id, row[1]) for row in sharers]}
    return len(gather(session, (OPENED, values))[0])


def _tell(session: Session, brand_id: int, kind: str, asked: list[UUID], now: datetime) -> None:
    by_task: dict[UUID, list[Telling]] = {}
    for assignment_id, task_id, title, account_id in gather(session, (_ASKED, {"brand_id": brand_id, "ids": asked}))[0]:
        by_task.setdefault(task_id, []).append(Telling(account_id, {"assignment_id": str(assignment_id), "title": title}))
    for task_id, to in by_task.items():
        tell(session, brand_id=brand_id, kind=kind, cause=f"{kind}:{task_id}", to=to, now=now)
