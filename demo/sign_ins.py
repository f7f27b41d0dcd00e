"""Who may sign in where; imports nothing heavy, so `make run` can say it at once."""

from __future__ import annotations

from collections.abc import Iterator

from demo.brand import OPERATOR, PASSWORD, SLUG
from demo.people import HEADQUARTERS, roster


def sign_ins(address: str) -> Iterator[str]:
    """Who may sign in where; the password is the same for all."""
    guide = roster()[0]
    yield f"Platform    {address}/platform    {OPERATOR[0]}"
    for place, person in enumerate(HEADQUARTERS):
        yield f"{'Console' if place == 0 else '':<12}{address + '/console' if place == 0 else '':<{len(address) + 12}}{person.email}  {person.title}"
    yield f"Guide app   {address}/guide       {guide.phone}  {guide.name}"
    yield f"Storefront  {address}/b/{SLUG}"
    yield f"Password    {PASSWORD}"
