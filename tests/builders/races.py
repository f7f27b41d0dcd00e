"""Several at once: each in its own thread, session and transaction."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.extensions import Database
from app.kernel.errors import Refused
from app.kernel.tenancy import BrandSession

Work = Callable[[BrandSession], Any]


class Race:
    """All start together; a refusal answers with its code, anything else that goes wrong fails the test."""

    def __init__(self, database: Database, brand_id: int) -> None:
        self.database, self.brand_id = database, brand_id

    def run(self, *works: Work) -> list[Any]:
        gate = threading.Barrier(len(works))

        def one(place: int) -> Any:
            try:
                with self.database.transaction(self.brand_id) as session:
                    act_as(session, command(f"racer {place}"))
                    gate.wait(10)
                    return works[place](session)
            except Refused as refused:
                return refused.code

        with ThreadPoolExecutor(len(works)) as pool:
            return list(pool.map(one, range(len(works))))
