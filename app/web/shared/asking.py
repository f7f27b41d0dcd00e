"""Between a posted form and the core: plain values out, refusals back to the field they are about."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import request
from flask_wtf import FlaskForm
from wtforms.fields.choices import SelectChoice

from app.kernel.errors import Invalid, Refused
from app.kernel.ids import parse_id

from .errors import says

MOST_DIGITS = 12
FIRST_YEAR, LAST_YEAR = 2000, 2200


def tell(form: FlaskForm, refused: Refused) -> None:
    """Puts a refusal at the field it names, or on top of the form."""
    for one in refused.errors if isinstance(refused, Invalid) else [refused]:
        field = form._fields.get(one.field or "")
        if field is None:
            form.form_errors = [*form.form_errors, says(one)]
        else:
            field.errors = [*field.errors, says(one)]


def read_all(**readers: Callable[[], Any]) -> dict[str, Any]:
    """What each reader makes of a form; all that cannot be read is refused at once, each at its field."""
    read: dict[str, Any] = {}
    wrong: list[Refused] = []
    for name, reader in readers.items():
        try:
            read[name] = reader()
        except Refused as refused:
            wrong += refused.errors if isinstance(refused, Invalid) else [refused]
    if wrong:
        raise wrong[0] if len(wrong) == 1 else Invalid(wrong)
    return read


def whole(text: str | None, *, field: str) -> int:
    """A typed whole number; refuses everything else, however long."""
    typed = (text or "").strip()
    if not typed.removeprefix("-").isdecimal() or len(typed) > MOST_DIGITS:
        raise Refused("not_a_number", "请填写整数", field=field)
    return int(typed)


def page_number() -> int:
    """?page=, 1 for anything that is no page."""
    typed = request.args.get("page", "1")
    return int(typed) if typed.isdecimal() and len(typed) <= 6 else 1


def row_id(name: str) -> UUID | None:
    """?name= as an id; anything unreadable counts as not asked."""
    try:
        return UUID(request.args.get(name, ""))
    except ValueError:
        return None


def query(*names: str) -> dict[str, str]:
    """The named arguments of the address that are filled in, for links that keep the filter."""
    return {name: request.args[name] for name in names if request.args.get(name)}


def local_moment(text: str, timezone: str) -> datetime | None:
    """'2026-12-01T00:00' in a time zone, as a datetime-local field sends it; None for what is no moment between 2000 and 2200."""
    try:
        moment = datetime.fromisoformat(text.strip()).replace(tzinfo=None)
        return moment.replace(tzinfo=ZoneInfo(timezone)) if FIRST_YEAR <= moment.year < LAST_YEAR else None
    except (ValueError, OverflowError):
        return None


def chosen_id(text: str | None, *, field: str) -> UUID:
    """The id of a select that must be answered."""
    if not text:
        raise Refused("required", "请选一项", field=field)
    return parse_id(text)


def options(pairs: Iterable[tuple[object, object]]) -> list[SelectChoice]:
    """(value, label) pairs as the choices of a select; a label may be a lazy text, which WTForms calls str."""
    return [SelectChoice(str(value), label) for value, label in pairs]  # type: ignore[arg-type]


def text_of(form: FlaskForm, *names: str) -> dict[str, Any]:
    """The typed text of the named fields, '' for what is missing."""
    return {name: form._fields[name].data or "" for name in names}
