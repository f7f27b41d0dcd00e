from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.catalog.models import Product
from app.domain.guides.models import Guide
from app.domain.orgs.models import OrgUnit
from app.domain.promotions.models import Activity
from app.kernel.db import Base, BrandOwned, Moment, Stamped, belongs_to, points_to


class TaskTemplate(BrandOwned, Stamped, Base):
    """`org_unit_id` NULL is the whole brand; `segment_id`: asked is who serves customers of that segment.

    Days are the brand's own; `to_day` is included, NULL is open-ended. `weekday` 1 is Monday.
    """

    __tablename__ = "task_templates"
    __audited__ = True
    __table_args__ = (
        points_to("product_id", "products"),
        points_to("activity_id", "activities"),
        points_to("org_unit_id", "org_units"),
        points_to("segment_id", "segments", ondelete="SET NULL (segment_id)"),
        CheckConstraint("kind IN ('share', 'follow_up', 'script', 'visit', 'learn', 'other')", name="kind"),
        CheckConstraint("audience IN ('staff', 'affiliate', 'all')", name="audience"),
        CheckConstraint("schedule IN ('once', 'daily', 'weekly')", name="schedule"),
        CheckConstraint("(schedule = 'weekly') = (weekday IS NOT NULL) AND coalesce(weekday, 1) BETWEEN 1 AND 7", name="weekday"),
        CheckConstraint("morning OR noon", name="slot"),
        CheckConstraint("evidence IN ('none', 'text', 'photo')", name="evidence"),
        CheckConstraint("hours BETWEEN 1 AND 720", name="hours"),
        CheckConstraint("to_day >= from_day", name="days"),
    )

    title: Mapped[str] = mapped_column(String(60))
    what: Mapped[str] = mapped_column(String(500), server_default="")
    kind: Mapped[str] = mapped_column(String(10))
    product_id: Mapped[UUID | None]
    activity_id: Mapped[UUID | None]
    audience: Mapped[str] = mapped_column(String(10))
    org_unit_id: Mapped[UUID | None]
    segment_id: Mapped[UUID | None]
    schedule: Mapped[str] = mapped_column(String(8))
    weekday: Mapped[int | None]
    morning: Mapped[bool]
    noon: Mapped[bool]
    morning_script: Mapped[str] = mapped_column(String(500), server_default="")
    noon_script: Mapped[str] = mapped_column(String(500), server_default="")
    hours: Mapped[int]
    evidence: Mapped[str] = mapped_column(String(6))
    from_day: Mapped[date]
    to_day: Mapped[date | None]
    paused_at: Mapped[Moment | None]
    ended_at: Mapped[Moment | None]
    created_by: Mapped[str] = mapped_column(String(80), server_default="")

    product: Mapped[Product | None] = belongs_to("TaskTemplate", "product_id", "Product")
    activity: Mapped[Activity | None] = belongs_to("TaskTemplate", "activity_id", "Activity")
    org_unit: Mapped[OrgUnit | None] = belongs_to("TaskTemplate", "org_unit_id", "OrgUnit")

    def script(self, slot: str) -> str:
        return self.morning_script if slot == "morning" else self.noon_script


class Task(BrandOwned, Base):
    """One template on one day and part of day; open in [starts_at, due_at)."""

    __tablename__ = "tasks"
    __table_args__ = (
        points_to("template_id", "task_templates"),
        UniqueConstraint("brand_id", "template_id", "day", "slot"),
        Index("ix_tasks_due", "brand_id", "due_at"),
        CheckConstraint("slot IN ('morning', 'noon')", name="slot"),
        CheckConstraint("due_at > starts_at", name="window"),
    )

    template_id: Mapped[UUID]
    day: Mapped[date]
    slot: Mapped[str] = mapped_column(String(8))
    starts_at: Mapped[Moment]
    due_at: Mapped[Moment]

    template: Mapped[TaskTemplate] = belongs_to("Task", "template_id", "TaskTemplate")


class TaskAssignment(BrandOwned, Base):
    """`store_id` is where she worked when she got it. `done_at` beside `late` is done after the deadline; `done_by` tells a tick from an opened link."""

    __tablename__ = "task_assignments"
    __audited__ = True
    __table_args__ = (
        points_to("task_id", "tasks"),
        points_to("guide_id", "guides"),
        points_to("store_id", "org_units"),
        UniqueConstraint("brand_id", "task_id", "guide_id"),
        Index("ix_task_assignments_guide", "brand_id", "guide_id", "state"),
        Index("ix_task_assignments_store", "brand_id", "store_id", "state"),
        CheckConstraint("state IN ('open', 'done', 'late', 'excused')", name="state"),
        CheckConstraint("done_by IN ('', 'tick', 'link')", name="done_by"),
        CheckConstraint("(done_at IS NULL) = (done_by = '') AND (state <> 'done' OR done_at IS NOT NULL) "
                        "AND (state = 'done' OR state = 'late' OR done_at IS NULL)", name="done"),
    )

    task_id: Mapped[UUID]
    guide_id: Mapped[UUID]
    store_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(String(8), server_default="open")
    done_at: Mapped[Moment | None]
    done_by: Mapped[str] = mapped_column(String(4), server_default="")
    evidence: Mapped[str] = mapped_column(String(500), server_default="")
    picture_key: Mapped[str] = mapped_column(String(200), server_default="")
    reason: Mapped[str] = mapped_column(String(200), server_default="")

    task: Mapped[Task] = belongs_to("TaskAssignment", "task_id", "Task")
    guide: Mapped[Guide] = belongs_to("TaskAssignment", "guide_id", "Guide")
    store: Mapped[OrgUnit] = belongs_to("TaskAssignment", "store_id", "OrgUnit")
