from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine, make_url, text

from app.config import Settings
from app.domain.brands.models import Brand

GROWN = text("""INSERT INTO products (brand_id, id, origin, source_id, external_id, title, title_en, description, category, vendor, status, position,
  owners, updated_at, created_at)
SELECT :brand, gen_random_uuid(), 'offline', NULL, '', repeat('x', 200), '', '', '', '', 'published', n, '{}', now(), now() FROM generate_series(1, :count) n""")
KNOWN = text("SELECT relpages, pg_relation_size(oid) / current_setting('block_size')::int FROM pg_class WHERE oid = 'products'::regclass")


@pytest.fixture
def superuser(settings: Settings) -> Iterator[Connection]:
    engine = create_engine(make_url(settings.owner_url).set(username="postgres"))
    with engine.connect() as connection:
        yield connection
        connection.rollback()
    engine.dispose()


def test_a_tables_statistics_are_taken_anew_only_when_it_has_doubled(superuser: Connection, brand: Brand) -> None:
    def pages(*, grown_by: int) -> tuple[int, int]:
        """Known to the planner, and there."""
        superuser.execute(GROWN, {"brand": brand.id, "count": grown_by})
        superuser.execute(text("SELECT take_catalogue_statistics()"))
        known, there = superuser.execute(KNOWN).one()
        return known, there

    superuser.execute(GROWN, {"brand": brand.id, "count": 5_000})
    superuser.execute(text("ANALYZE products (id)"))
    at_first = superuser.execute(KNOWN).one()[0]
    known, there = pages(grown_by=1_000)
    assert known == at_first < there, "a fifth more is no reason"
    while there <= 2 * at_first:
        assert known == at_first
        known, there = pages(grown_by=5_000)
    assert known == there
