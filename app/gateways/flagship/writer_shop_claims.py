"""What every shop must hold to whose stock and parcels we may write: `SHOP_CLAIMS` of writer_conformance.py."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.domain.fulfilment.ports import Declined, Done, FlagshipOrder, Stage

from .line_faults import FAULTS, Fault, Line
from .overheard import overhear
from .trials import Broken, expect, expect_unreachable
from .writer_trials import WriterTrial, expect_honest, outcome, overheard, pieces_of, troubles


def stock_is_set(trial: WriterTrial) -> None:
    good = next(iter(trial.desk.listed()))
    for left in (7, 7, 0):
        expect(trial.shop().set_stock(good, left) == Done() and trial.desk.stock_of(good) == left, f"set to {left}, but {trial.desk.stock_of(good)} are left")
    line = trial.line()
    trial.shop(line).set_stock(good, 5)
    for what, fault in troubles(line.calls):
        trial.resettle()
        told = outcome(trial.shop(trial.line(fault)).set_stock, good, 4)
        expect_honest(told, done=trial.desk.stock_of(good) == 4, what=what)
        expect(trial.shop().set_stock(good, 4) == Done() and trial.desk.stock_of(good) == 4, f"{what}, and once more: not set")


def a_change_counts_once_per_key(trial: WriterTrial) -> None:
    good = next(iter(trial.desk.listed()))
    before = trial.desk.stock_of(good)
    for key, left in (("a", before - 2), ("a", before - 2), ("b", before - 4), ("a", before - 4)):
        told = trial.shop().change_stock(good, -2, key=key)
        expect(told == Done() and trial.desk.stock_of(good) == left, f"key {key!r}: {trial.desk.stock_of(good)} are left, told {told}")


def a_lost_answer_changes_stock_once(trial: WriterTrial) -> None:
    good = next(iter(trial.desk.listed()))
    before, line = trial.desk.stock_of(good), trial.line()
    trial.shop(line).change_stock(good, -2, key="first")
    for what, fault in troubles(line.calls):
        trial.resettle()
        told = outcome(trial.shop(trial.line(fault)).change_stock, good, -2, key=what)
        expect_honest(told, done=trial.desk.stock_of(good) != before, what=what)
        expect(trial.shop().change_stock(good, -2, key=what) == Done(), f"{what}, and once more: not done")
        expect(trial.desk.stock_of(good) == before - 2, f"{what}, and once more: {before - trial.desk.stock_of(good)} are gone, not 2")


def another_answer_does_not_lift_a_doubt(trial: WriterTrial) -> None:
    """Lost after the effect, and from then on nobody is reached or the shop is busy: still nobody may say that nothing was done."""
    good = next(iter(trial.desk.listed()))
    line = trial.line()
    trial.shop(line).change_stock(good, -1, key="first")
    for later in ("timeout_before", "busy", "unauthorised"):
        for call in range(line.calls):
            trial.resettle()
            before = trial.desk.stock_of(good)
            faults = (Fault("timeout_after", after=call), Fault(later, after=call + 1, times=-1))
            told = outcome(trial.shop(trial.line(*faults)).change_stock, good, -1, key="k")
            expect_honest(told, done=trial.desk.stock_of(good) != before, what=f"lost at call {call + 1}, then {later}")


def a_good_nobody_knows_is_declined(trial: WriterTrial) -> None:
    for told in (trial.shop().set_stock("999999999", 1), trial.shop().change_stock("999999999", 1, key="k")):
        if not isinstance(told, Declined):
            raise Broken(f"not declined: {told}")


def an_order_is_sent_once(trial: WriterTrial) -> None:
    good = next(iter(trial.desk.listed()))
    known, line = trial.desk.sell(good, 1), trial.line()
    expect(trial.shop().order(known).stage is Stage.PAID, f"sold, but at {trial.shop().order(known).stage}")
    for _ in range(2):
        expect(trial.shop(line).ship(known) == Done(), "own delivery, without a number: not done")
    expect(trial.shop().order(known).stage is Stage.SHIPPED, "shipped, but not there")
    calls = line.calls
    for what, fault in troubles(calls):
        trial.resettle()
        known = trial.desk.sell(good, 1)
        told = outcome(trial.shop(trial.line(fault)).ship, known, carrier="467", tracking_no="SF1")
        expect_honest(told, done=trial.shop().order(known).stage is Stage.SHIPPED, what=what)
        expect(trial.shop().ship(known, carrier="467", tracking_no="SF1") == Done(), f"{what}, and once more: not done")
        expect(trial.shop().order(known).tracking_no == "SF1", f"{what}: the number is {trial.shop().order(known).tracking_no!r}")


def changed_orders_are_told(trial: WriterTrial) -> None:
    good, price = next(iter(trial.desk.listed().items()))
    since = trial.now() - timedelta(minutes=1)
    sold = {trial.desk.sell(good, 2): 2, trial.desk.sell(good, 1): 1}
    line = trial.line()
    told = _orders(trial, since, line)
    expect(told.keys() == sold.keys(), f"told {sorted(told)}, sold {sorted(sold)}")
    for known, quantity in sold.items():
        order = told[known]
        expect(order.total_minor == quantity * price and pieces_of(order) == {good: quantity}, f"{known} is told as {order}")
        expect(order.currency == trial.desk.currency and order.placed_at is not None and order.paid_at is not None, f"{known} is not whole: {order}")
    for kind in FAULTS:
        expect(_orders(trial, since, trial.line(Fault(kind, after=line.calls - 1))).keys() == sold.keys(), f"{kind}: orders are missing")
        with expect_unreachable(f"{kind} for ever: a reading ends as if it were whole"):
            _orders(trial, since, trial.line(Fault(kind, after=line.calls - 1, times=-1)))


def no_shop_tells_a_secret(trial: WriterTrial) -> None:
    good = next(iter(trial.desk.listed()))
    for kind in (*FAULTS, "unauthorised"):
        trial.resettle()
        with overhear() as said:
            shop = trial.shop(trial.line(Fault(kind, after=1, times=-1)))
            said.hear(repr(shop), overheard(shop.change_stock, good, 1, key="k"))
        for name, secret in trial.secrets.items():
            expect(not said.holds(secret), f"{kind}: the secret {name} is told")


def _orders(trial: WriterTrial, since: datetime, line: Line) -> dict[str, FlagshipOrder]:
    return {order.flagship_order_id: order for order in trial.shop(line).orders(since=since, until=trial.now() + timedelta(minutes=1))}
