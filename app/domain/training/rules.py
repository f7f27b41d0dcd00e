"""What a card may ask, and what answers are worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.kernel.errors import Refused
from app.kernel.texts import clean, optional, required

MOST_QUESTIONS, LEAST_OPTIONS, MOST_OPTIONS = 5, 2, 4
MOST_TITLE, MOST_BODY, MOST_QUESTION, MOST_OPTION, MOST_WHY = 60, 6_000, 120, 80, 200
AUDIENCES = ("all", "staff", "affiliate")


@dataclass(frozen=True, slots=True)
class Answered:
    """One question after a try: which option she chose (None for none), which is right."""

    text: str
    options: Sequence[str]
    chosen: int | None
    right: int
    why: str

    @property
    def correct(self) -> bool:
        return self.chosen == self.right


def checked_body(text: object) -> str:
    """Several lines of clean text; line breaks and blank lines stay."""
    lines = [clean(line) for line in str(text or "").splitlines()]
    body = "\n".join(lines).strip()
    if not body:
        raise Refused("required", "这一项必须填写", field="body")
    if len(body) > MOST_BODY:
        raise Refused("too_long", "最长 %(most)d 个字", field="body", most=MOST_BODY)
    return body


def checked_questions(asked: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Questions as they are kept; those without any text are left out. Refuses with `field` question-<number from 1>."""
    if len(asked) > MOST_QUESTIONS:
        raise Refused("too_many_questions", "最多 %(most)d 题", field="questions", most=MOST_QUESTIONS)
    return [_question(one, f"question-{number}") for number, one in enumerate(asked, 1) if _filled(one)]


def checked_mark(pass_mark: int, questions: int) -> int:
    """Right answers that pass: 1 to all of them, 0 where nothing is asked."""
    if not questions:
        return 0
    if not 1 <= pass_mark <= questions:
        raise Refused("out_of_range", "须在 %(low)d 到 %(high)d 之间", field="pass_mark", low=1, high=questions)
    return pass_mark


def require_audience(audience: str) -> str:
    if audience not in AUDIENCES:
        raise Refused("audience_unknown", "没有这种对象", field="audience")
    return audience


def answered(questions: Sequence[Mapping[str, Any]], chosen: Sequence[int | None]) -> list[Answered]:
    """Each question with the answer at its place; what is missing was not answered."""
    given = [*chosen, *[None] * len(questions)]
    return [Answered(one["text"], one["options"], given[at], one["right"], one["why"]) for at, one in enumerate(questions)]


def score(answers: Sequence[Answered]) -> int:
    return sum(one.correct for one in answers)


def _filled(one: Mapping[str, Any]) -> bool:
    return bool(clean(one.get("text")) or any(clean(option) for option in one.get("options", ())))


def _question(one: Mapping[str, Any], field: str) -> dict[str, Any]:
    """The right option is counted among those filled in."""
    typed = [optional(option, field=field, most=MOST_OPTION) for option in one.get("options", ())]
    right, options = one.get("right"), [option for option in typed if option]
    if not LEAST_OPTIONS <= len(options) <= MOST_OPTIONS:
        raise Refused("options_wrong", "每题写 %(least)d 到 %(most)d 个选项", field=field, least=LEAST_OPTIONS, most=MOST_OPTIONS)
    if len(set(options)) < len(options):
        raise Refused("options_twice", "选项不能重复", field=field)
    if not isinstance(right, int) or not 0 <= right < len(typed) or not typed[right]:
        raise Refused("no_right_answer", "选出哪一个是对的", field=field)
    return {"text": required(one.get("text"), field=field, most=MOST_QUESTION), "options": options, "right": options.index(typed[right]),
            "why": optional(one.get("why"), field=field, most=MOST_WHY)}
