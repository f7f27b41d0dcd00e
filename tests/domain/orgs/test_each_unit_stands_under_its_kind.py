"""Region under the brand or a region, dealer and mall under a region, a store under any of them."""

from __future__ import annotations

import pytest

from app.domain.ledger.models import Payee
from app.domain.orgs.rules import KINDS, require_parent
from app.kernel.errors import Conflict, Refused
from app.kernel.tenancy import BrandSession
from tests.builders.people import a_unit

ALLOWED = {("region", None), ("region", "region"), ("dealer", None), ("dealer", "region"), ("mall", None), ("mall", "region"),
           ("store", None), ("store", "region"), ("store", "dealer"), ("store", "mall")}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("parent", [None, *KINDS])
def test_parent(kind: str, parent: str | None) -> None:
    if (kind, parent) in ALLOWED:
        require_parent(kind, parent)
    else:
        with pytest.raises(Refused, match="不能放在"):
            require_parent(kind, parent)


def test_each_unit_brings_the_payee_of_its_kind(session: BrandSession) -> None:
    region = a_unit(session, "region")
    dealer = a_unit(session, "dealer", parent=region)
    kinds = [session.get_one(Payee, (unit.brand_id, unit.payee_id)).tax_kind
             for unit in (region, dealer, a_unit(session, "mall", parent=region), a_unit(session, "store", parent=dealer))]
    assert kinds == ["internal", "company", "company", "internal"]


def test_a_store_cannot_hold_a_store(session: BrandSession) -> None:
    store = a_unit(session)
    with pytest.raises(Refused) as refused:
        a_unit(session, parent=store)
    assert refused.value.field == "parent_id"


def test_a_code_is_used_once(session: BrandSession) -> None:
    a_unit(session, name="静安店", code="SH-01")
    with pytest.raises(Conflict) as conflict:
        a_unit(session, code=" SH-01 ")
    assert (conflict.value.field, conflict.value.data["name"]) == ("code", "静安店")


def test_unknown_kind_and_empty_name_are_refused(session: BrandSession) -> None:
    for kind, name, field in (("planet", "x", "kind"), ("store", " \u0000\n ", "name"), ("store", "长" * 81, "name")):
        with pytest.raises(Refused) as refused:
            a_unit(session, kind, name=name)
        assert refused.value.field == field
