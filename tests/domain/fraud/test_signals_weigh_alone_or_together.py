"""A signal set to hold holds by itself; watched ones do together from a weight of 100; what a brand pays for is no fault."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.domain.fraud.rules import (
    APPEAL_TIME,
    SIGNALS,
    STATES,
    Seen,
    Setting,
    device_digest,
    judge,
    masked,
    require_appeal,
    require_decidable,
    require_setting,
    settings_for,
)
from app.kernel.errors import Conflict, Refused
from app.kernel.sealing import use_secret
from tests.builders.databases import SECRET
from tests.conftest import NOON

OURS = settings_for({})


def judged(*seen: Seen, own: str = "none", **changed: Setting) -> tuple[str, list[str]]:
    state, evidence = judge(seen, settings_for(changed), self_purchase=own)
    return state, [one["signal"] for one in evidence]


def test_a_guides_phone_holds_by_itself() -> None:
    assert judged(Seen("phone")) == ("open", ["phone"])


def test_what_is_watched_only_is_kept_and_holds_nothing() -> None:
    assert judged(Seen("device")) == ("watched", ["device"])


def test_watched_signals_hold_together_from_a_hundred() -> None:
    """device 60 + burst 40 = 100; one_address 50 + burst 40 = 90. The heaviest stands first."""
    assert judged(Seen("burst", 11), Seen("device")) == ("open", ["device", "burst"])
    assert judged(Seen("one_address", 4), Seen("burst", 11)) == ("watched", ["one_address", "burst"])


@pytest.mark.parametrize(("name", "usual"), [("one_address", 3), ("one_payer", 2), ("burst", 10), ("refunded_late", 3)])
def test_as_many_as_usual_are_no_signal_and_one_more_is(name: str, usual: int) -> None:
    assert judged(Seen(name, usual)) == ("", [])
    assert judged(Seen(name, usual + 1)) == ("watched", [name])


def test_off_sees_nothing_and_hold_needs_no_weight() -> None:
    assert judged(Seen("phone"), phone=Setting("off", None)) == ("", [])
    assert judged(Seen("burst", 2), burst=Setting("hold", 1)) == ("open", ["burst"])


@pytest.mark.parametrize("own", ["allowed", "discount"])
def test_where_own_orders_are_paid_for_her_own_are_no_fault_but_a_colleagues_are(own: str) -> None:
    assert judged(Seen("phone", same=True), own=own) == ("", [])
    assert judged(Seen("phone", same=False), own=own) == ("open", ["phone"])
    assert judged(Seen("one_address", 4), own=own) == ("watched", ["one_address"]), "many strangers at one address are no purchase of her own"


def test_evidence_shows_no_whole_phone_and_no_cookie() -> None:
    use_secret(SECRET)
    _, [evidence] = judge([Seen("phone", guide="林晓芸", phone="+8613900000001")], OURS, self_purchase="none")
    assert evidence["phone"] == "+86139****0001"
    assert "00000001" not in str(evidence)
    assert [masked(phone) for phone in ("", "12345678", "+6591234567")] == ["", "****", "+65****4567"]
    assert device_digest(1, "v1") == device_digest(1, "v1") != device_digest(2, "v1")
    assert ("v1" in device_digest(1, "v1"), device_digest(1, None)) == (False, "")


@pytest.mark.parametrize(("signal", "mode", "most", "field"), [("none", "hold", None, "signal"), ("phone", "loud", None, "mode"), ("burst", "hold", 0, "most"),
                                                              ("burst", "hold", 1001, "most"), ("burst", "hold", 10**30, "most")])
def test_a_setting_out_of_bounds_is_refused_at_its_field(signal: str, mode: str, most: int | None, field: str) -> None:
    with pytest.raises(Refused) as refused:
        require_setting(signal, mode, most)
    assert refused.value.field == field


def test_a_signal_that_is_enough_once_has_no_number() -> None:
    assert require_setting("phone", "watch", 7) == Setting("watch", None)
    assert require_setting("burst", "watch", None) == Setting("watch", 10)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("wanted", ["cleared", "upheld", "open"])
def test_a_hold_goes_only_these_ways(state: str, wanted: str) -> None:
    allowed = {("open", "cleared"), ("appealed", "cleared"), ("watched", "cleared"), ("open", "upheld"), ("appealed", "upheld"), ("watched", "open")}
    said = None
    try:
        require_decidable(state, wanted, opened_at=NOON - APPEAL_TIME, now=NOON)
    except Conflict as conflict:
        said = conflict.code
    assert (said is None) == ((state, wanted) in allowed)


def test_nothing_is_upheld_before_she_answered_or_had_three_days() -> None:
    early = NOON + timedelta(days=3) - timedelta(seconds=1)
    with pytest.raises(Conflict, match="还可以申诉"):
        require_decidable("open", "upheld", opened_at=NOON, now=early)
    require_decidable("open", "upheld", opened_at=NOON, now=NOON + timedelta(days=3))
    require_decidable("appealed", "upheld", opened_at=NOON, now=NOON)


def test_she_appeals_once_and_while_it_is_open() -> None:
    require_appeal("open", appealed=False)
    for state, appealed in (("appealed", True), ("cleared", False), ("upheld", False), ("watched", False)):
        with pytest.raises(Conflict):
            require_appeal(state, appealed=appealed)


def test_every_signal_has_a_weight_and_a_default() -> None:
    assert all(0 < one.weight <= 100 and OURS[one.name] == Setting(one.mode, one.most) for one in SIGNALS)
