from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.orgs.models import OrgUnit
from app.kernel.db import Base, BrandOwned, Moment, Stamped, belongs_to, points_to


class TrainingCard(BrandOwned, Stamped, Base):
    """`questions`: at most five of {text, options [2–4], right (which option, from 0), why}. `pass_mark`: right answers that pass;
    0 where nothing is asked, then reading is passing. `audience` and `org_unit_id` (with all below it) say for whom."""

    __tablename__ = "training_cards"
    __audited__ = True
    __table_args__ = (
        points_to("org_unit_id", "org_units"),
        CheckConstraint("audience IN ('all', 'staff', 'affiliate')", name="audience"),
        CheckConstraint("status IN ('draft', 'published', 'paused')", name="status"),
        CheckConstraint("jsonb_array_length(questions) <= 5 AND pass_mark BETWEEN 0 AND jsonb_array_length(questions)", name="questions"),
        CheckConstraint("(pass_mark = 0) = (jsonb_array_length(questions) = 0)", name="pass_mark"),
    )

    title: Mapped[str] = mapped_column(String(60))
    body: Mapped[str] = mapped_column(Text)
    picture_key: Mapped[str] = mapped_column(String(200), server_default="")
    audience: Mapped[str] = mapped_column(String(10), server_default="all")
    org_unit_id: Mapped[UUID | None]
    questions: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    pass_mark: Mapped[int] = mapped_column(server_default="0")
    status: Mapped[str] = mapped_column(String(10), server_default="draft")
    published_at: Mapped[Moment | None]

    org_unit: Mapped[OrgUnit | None] = belongs_to("TrainingCard", "org_unit_id", "OrgUnit")


class TrainingResult(BrandOwned, Base):
    """Of one guide and card. `score` of `asked` is the last try's; `passed_at` the first try's that passed and stays."""

    __tablename__ = "training_results"
    __table_args__ = (
        points_to("card_id", "training_cards"),
        points_to("guide_id", "guides"),
        UniqueConstraint("brand_id", "card_id", "guide_id"),
        Index("ix_training_results_guide", "brand_id", "guide_id"),
        CheckConstraint("attempts > 0 AND score BETWEEN 0 AND asked", name="score"),
    )

    card_id: Mapped[UUID]
    guide_id: Mapped[UUID]
    attempts: Mapped[int]
    score: Mapped[int]
    asked: Mapped[int]
    tried_at: Mapped[Moment]
    passed_at: Mapped[Moment | None]
