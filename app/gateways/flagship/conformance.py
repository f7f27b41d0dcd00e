"""What every connector must do, as claims that any of them can be held to: `prove(trial)`, or one test per name in CLAIMS.

An outsider brings a `Trial`: the kind, settings and secrets that will do, and a small shop that speaks the wire protocol and
can be rearranged (`Shop`). Faults and moving goods are played by the proof itself, between connector and shop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from app.domain.catalog.ports import Checkpoint, FlagshipUnreachable, ListedVariant, NeedsAuthorisation

from .line_faults import FAULTS, Fault
from .opening import GivenSecrets
from .overheard import overhear
from .trials import (
    Broken,
    Shop,
    Trial,
    add,
    difference,
    drop_first,
    drop_first_and_add,
    drop_middle,
    expect,
    expect_complete,
    expect_fit,
    expect_unreachable,
    gone_in,
    ids_of,
    prices_of,
    reprice_last,
)

__all__ = ["CLAIMS", "Broken", "Claim", "Shop", "Trial", "prove"]

Claim = Callable[[Trial], None]
MOMENTS = 8


def prove(trial: Trial) -> list[str]:
    """Holds the connector to every claim; the names of those that held. Raises Broken at the first that does not."""
    for name, claim in CLAIMS.items():
        trial.resettle()
        try:
            claim(trial)
        except Broken as broken:
            raise Broken(f"{trial.kind.kind}: {name}: {broken}") from None
    return list(CLAIMS)


def settings_are_checked(trial: Trial) -> None:
    typed = {**trial.settings, **trial.secrets}
    expect(not trial.kind.problems(typed), "settings that will do are refused")
    expect(bool(trial.kind.problems({})), "no settings at all are accepted")
    expect(bool(trial.kind.problems({**typed, "no_such_setting": "x"})), "an unknown setting is accepted")
    stored, sealed = trial.kind.divide(typed)
    expect(sealed == {name: value for name, value in trial.secrets.items() if value}, f"these are sealed as secrets: {sorted(sealed)}")
    expect(not set(stored) & set(trial.kind.secret_names), "a secret is stored among the settings")


def opening_calls_nobody(trial: Trial) -> None:
    line = trial.line()
    trial.connector(line)
    expect(line.calls == 0, "a connector that was only opened has called the shop")


def a_check_succeeds_and_fails(trial: Trial) -> None:
    count = trial.connector().check().variants
    expect(count in (None, len(trial.shop.listed())), f"the check counts {count} variants, the shop lists {len(trial.shop.listed())}")
    line = trial.line()
    line.play(Fault("html", times=-1))
    with expect_unreachable("a check of a shop that answers nonsense succeeds"):
        trial.connector(line).check()


def a_shop_that_stands_still_is_read_exactly(trial: Trial) -> None:
    items = trial.read()
    expect_fit(items, trial)
    expect(prices_of(items) == dict(trial.shop.listed()), difference(prices_of(items), trial.shop.listed()))


def items_come_out_while_the_reading_goes_on(trial: Trial) -> None:
    """Unless the shop is one file."""
    line = trial.line()
    reading = iter(trial.connector(line).list_items(currency=trial.shop.currency))
    next(item for item in reading if isinstance(item, ListedVariant))
    first = line.calls
    list(reading)
    expect(line.downloads == 1 or first < line.calls, "nothing came out before the last answer was in")


def nothing_is_missed_while_goods_move(trial: Trial) -> None:
    """After this or that answer an early good vanishes, one is added, or one changes its price; and after every one."""
    line = trial.line()
    trial.read(line)
    for moment in sorted({1 + line.calls * part // MOMENTS for part in range(MOMENTS)}):
        for move in (drop_first, drop_middle, add, drop_first_and_add, reprice_last):
            trial.resettle()
            expect_complete(trial, {moment: move}, f"{move.__name__} after answer {moment}")
    trial.resettle()
    expect_complete(trial, dict.fromkeys(range(1, 50), drop_first_and_add), "a good vanishes and one is added after every answer", may_fail=True)


def a_fault_that_passes_is_survived(trial: Trial) -> None:
    line = trial.line()
    trial.read(line)
    for kind in FAULTS:
        for call in sorted({0, line.calls // 2, line.calls - 1}):
            trial.resettle()
            faulty = trial.line()
            faulty.play(Fault(kind, after=call))
            items = trial.read(faulty)
            expect(prices_of(items) == dict(trial.shop.listed()), f"{kind} at call {call + 1}: {difference(prices_of(items), trial.shop.listed())}")


def a_fault_that_stays_fails_the_reading(trial: Trial) -> None:
    line = trial.line()
    trial.read(line)
    for kind in FAULTS:
        for call in sorted({0, line.calls // 2, line.calls - 1}):
            trial.resettle()
            faulty = trial.line()
            faulty.play(Fault(kind, after=call, times=-1))
            with expect_unreachable(f"{kind} from call {call + 1} on: the reading ends as if it were whole"):
                trial.read(faulty)


def a_busy_shop_is_given_the_time_it_asks_for(trial: Trial) -> None:
    line = trial.line()
    line.play(Fault("busy"))
    trial.waited.clear()
    trial.read(line)
    expect(any(seconds >= 7 for seconds in trial.waited), "Retry-After: 7 was not waited for")


def a_dead_secret_asks_for_authorisation(trial: Trial) -> None:
    """And one that was renewed meanwhile is used. Only for kinds with secrets."""
    if not trial.secrets:
        return
    line = trial.line()
    line.play(Fault("unauthorised", after=1, times=-1))
    try:
        trial.read(line)
    except NeedsAuthorisation:
        pass
    else:
        raise Broken("a 401 is not NeedsAuthorisation")
    trial.resettle()
    secrets = GivenSecrets(dict(trial.secrets))
    line = trial.line()
    line.play(Fault("unauthorised", after=1, then=lambda: secrets.keep(renewed="yes")))
    items = list(trial.connector(line, secrets).list_items(currency=trial.shop.currency))
    expect(prices_of(items) == dict(trial.shop.listed()), "a secret renewed in mid-run is not used")


def it_goes_on_from_every_checkpoint(trial: Trial) -> None:
    """Cut off anywhere, what came before the last checkpoint and what comes after it are together the whole."""
    whole = trial.read()
    for at, item in enumerate(whole):
        if isinstance(item, Checkpoint):
            both = [*whole[:at], *trial.read(cursor=item.cursor)]
            expect(prices_of(both) == dict(trial.shop.listed()), f"from checkpoint {item.cursor}: {difference(prices_of(both), trial.shop.listed())}")


def it_goes_on_though_goods_moved_meanwhile(trial: Trial) -> None:
    for at, item in enumerate(trial.read()):
        if isinstance(item, Checkpoint):
            trial.resettle()
            before = trial.read()[:at]
            listed = set(trial.shop.listed())
            drop_first_and_add(trial.shop)
            after = trial.read(cursor=item.cursor)
            missing = (listed & set(trial.shop.listed())) - ids_of([*before, *after])
            expect(not missing, f"from checkpoint {item.cursor}: {sorted(missing)} are missed")


def a_cursor_that_is_none_reads_everything(trial: Trial) -> None:
    for cursor in ("nonsense", "[]", '["x"]', "\0"):
        expect(ids_of(trial.read(cursor=cursor)) == set(trial.shop.listed()), f"the cursor {cursor!r} loses goods")


def changes_are_told(trial: Trial) -> None:
    """Only for connectors that can: a new price, a new product; and what is gone is not told as if it were there."""
    connector = trial.connector()
    if not connector.can_read_changes:
        return
    since = trial.now() - timedelta(seconds=1)
    before = dict(trial.shop.listed())
    ids = list(before)
    trial.shop.reprice(ids[-1], before[ids[-1]] + 100)
    trial.shop.drop(ids[0])
    trial.shop.add()
    changes = list(connector.list_changes(currency=trial.shop.currency, since=since))
    told, now = prices_of(changes), trial.shop.listed()
    wanted = {key for key, price in now.items() if before.get(key) != price}
    expect(wanted <= set(told), f"changed but not told: {sorted(wanted - set(told))}")
    expect(all(now.get(key) == price for key, price in told.items()), f"told otherwise than it is: {difference(told, now)}")
    wrong = gone_in(changes, before) & set(now)
    expect(not wrong, f"told as gone but listed: {sorted(wrong)}")


def secrets_are_told_to_nobody(trial: Trial) -> None:
    """Not by the connector's repr, not by what is raised, not in a log."""
    for kind in (*FAULTS, "unauthorised"):
        trial.resettle()
        line = trial.line()
        line.play(Fault(kind, after=1, times=-1))
        with overhear() as said:
            connector = trial.connector(line)
            said.hear(repr(connector), str(connector))
            try:
                list(connector.list_items(currency=trial.shop.currency))
            except FlagshipUnreachable as wrong:
                said.hear_error(wrong)
        for name, secret in trial.secrets.items():
            expect(not said.holds(secret), f"{kind}: the secret {name} is told")


CLAIMS: Mapping[str, Claim] = {claim.__name__: claim for claim in (
    settings_are_checked, opening_calls_nobody, a_check_succeeds_and_fails, a_shop_that_stands_still_is_read_exactly,
    items_come_out_while_the_reading_goes_on, nothing_is_missed_while_goods_move, a_fault_that_passes_is_survived,
    a_fault_that_stays_fails_the_reading, a_busy_shop_is_given_the_time_it_asks_for, a_dead_secret_asks_for_authorisation,
    it_goes_on_from_every_checkpoint, it_goes_on_though_goods_moved_meanwhile, a_cursor_that_is_none_reads_everything,
    changes_are_told, secrets_are_told_to_nobody)}
