"""What every shop must hold to that takes our orders: `ORDER_CLAIMS` of writer_conformance.py."""

from __future__ import annotations

from dataclasses import replace

from app.domain.fulfilment.ports import PAID_STAGES, Absent, Declined, Done, Pending, Placed, Stage, WantedOrder

from .line_faults import FAULTS, Fault
from .overheard import overhear
from .trials import Broken, expect, expect_unreachable
from .writer_trials import WriterTrial, expect_honest, outcome, overheard, pieces_of, troubles

STRANGE = ("nonsense", "'\"\\", "1' OR source_name:web", "\0", "9" * 30, "名")


def opening_calls_nobody(trial: WriterTrial) -> None:
    line = trial.line()
    trial.orders(line)
    expect(line.calls == 0, "opening has called the shop")


def an_order_stands_there_as_told(trial: WriterTrial) -> None:
    wanted = trial.wanted()
    known = _placed(trial, wanted)
    now = trial.orders().status(known)
    expect(pieces_of(now) == {line.external_id: line.quantity for line in wanted.lines}, f"these pieces were ordered: {pieces_of(now)}")
    prices = {line.external_id: line.unit_price_minor for line in now.lines}
    expect(prices == {line.external_id: line.unit_price_minor for line in wanted.lines}, f"at these prices: {prices}")
    expect(now.total_minor == wanted.goods_minor + wanted.shipping_minor, f"the total is {now.total_minor}")
    expect(now.shipping_minor == wanted.shipping_minor, f"freight is {now.shipping_minor}")
    expect(now.flagship_order_id == known, f"it calls itself {now.flagship_order_id}")


def submitted_twice_is_one_order(trial: WriterTrial) -> None:
    wanted = trial.wanted()
    known = _placed(trial, wanted)
    expect(trial.orders().submit(wanted) == Placed(known, already=True), "the second time it is not told as there already")
    expect(len(trial.desk.ordered()) == 1, f"{len(trial.desk.ordered())} orders")
    other = _placed(trial, trial.wanted())
    expect(other != known and len(trial.desk.ordered()) == 2, "another number is not another order")


def a_number_is_found_exactly(trial: WriterTrial) -> None:
    wanted = trial.wanted()
    known = _placed(trial, wanted)
    expect(trial.orders().find(wanted.number) == Placed(known, already=True), "its own number does not find it")
    for number in (wanted.number[:-1], f"{wanted.number}0", wanted.number.lower(), *STRANGE):
        expect(trial.orders().find(number) == Absent(), f"{number!r} finds something")


def a_lost_answer_makes_no_second_order(trial: WriterTrial) -> None:
    line = trial.line()
    trial.orders(line).submit(trial.wanted())
    for what, fault in troubles(line.calls):
        trial.resettle()
        wanted = trial.wanted()
        told = outcome(trial.orders(trial.line(fault)).submit, wanted)
        expect_honest(told, done=bool(trial.desk.ordered()), what=what)
        expect(not isinstance(told, Placed) or [told.flagship_order_id] == list(trial.desk.ordered()), f"{what}: told as placed and is not")
        _placed(trial, wanted)
        expect(len(trial.desk.ordered()) == 1, f"{what}, and once more: {len(trial.desk.ordered())} orders")


def a_plain_no_has_no_effect(trial: WriterTrial) -> None:
    wanted = trial.wanted()
    before = _stocks(trial)
    for line, code in ((replace(wanted.lines[0], quantity=9_999), "out_of_stock"), (replace(wanted.lines[0], external_id="999999999"), "")):
        told = trial.orders().submit(replace(wanted, lines=(line,)))
        if not isinstance(told, Declined):
            raise Broken(f"{line.external_id} × {line.quantity} is not declined: {told}")
        expect(told.code == code or not code, f"declined as {told.code}, not as {code}")
        expect(bool(told.message % told.data), "declined without words")
        expect(not trial.desk.ordered() and _stocks(trial) == before, "declined, and yet something was ordered or set aside")


def it_is_paid_sent_and_tracked(trial: WriterTrial) -> None:
    known = _placed(trial, trial.wanted())
    for _ in range(2):
        expect(trial.orders().tell_paid(known) == Done(), "told as paid, and not done")
    expect(trial.orders().status(known).stage is Stage.PAID, f"paid, but at {trial.orders().status(known).stage}")
    expect(trial.orders().tracks(known) == (), "a parcel before it was sent")
    trial.desk.send(known)
    expect(trial.orders().status(known).stage is Stage.SHIPPED, f"sent, but at {trial.orders().status(known).stage}")
    expect(len(trial.orders().tracks(known)) == 1, "sent, but no parcel is told")
    told = outcome(trial.orders().cancel, known, shipped=True)
    expect(not isinstance(told, Done) and trial.orders().status(known).stage is Stage.SHIPPED, "sent, and yet cancelled")


def payment_is_told_once(trial: WriterTrial) -> None:
    known, line = _placed(trial, trial.wanted()), trial.line()
    trial.orders(line).tell_paid(known)
    expect(trial.orders().status(known).stage in PAID_STAGES, f"told as paid, but at {trial.orders().status(known).stage}")
    for what, fault in troubles(line.calls):
        trial.resettle()
        known = _placed(trial, trial.wanted())
        told = outcome(trial.orders(trial.line(fault)).tell_paid, known)
        expect(not isinstance(told, Declined), f"{what}: declined")
        expect(trial.orders().tell_paid(known) == Done(), f"{what}, and once more: not done")
        expect(trial.orders().status(known).stage in PAID_STAGES, f"{what}: not paid")


def it_is_cancelled_once(trial: WriterTrial) -> None:
    known, line = _placed(trial, trial.wanted()), trial.line()
    trial.orders(line).cancel(known)
    expect(trial.orders().status(known).stage is Stage.CANCELLED, f"cancelled, but at {trial.orders().status(known).stage}")
    for what, fault in troubles(line.calls):
        trial.resettle()
        known = _placed(trial, trial.wanted())
        told = outcome(trial.orders(trial.line(fault)).cancel, known)
        expect_honest(told, done=trial.orders().status(known).stage is Stage.CANCELLED, what=what)
        expect(isinstance(trial.orders().cancel(known), Done | Pending), f"{what}, and once more: not cancelled")
        expect(trial.orders().cancel(known) == Done() and trial.orders().status(known).stage is Stage.CANCELLED, f"{what}: not cancelled in the end")


def stock_is_told(trial: WriterTrial) -> None:
    lines = trial.wanted().lines
    more = replace(lines[1], quantity=9_999)
    told = trial.orders().in_stock((lines[0], more), trial.wanted().destination)
    expect(dict(told) == {lines[0].external_id: True, more.external_id: False}, f"told: {dict(told)}")


def what_is_not_there_is_no_crash(trial: WriterTrial) -> None:
    for known in ("999999999999", *STRANGE):
        for act in (trial.orders().status, trial.orders().tracks):
            with expect_unreachable(f"{act.__name__} of {known!r} finds something"):
                act(known)
        for change in (trial.orders().cancel, trial.orders().tell_paid):
            told = outcome(change, known)
            expect(not isinstance(told, Done), f"{change.__name__} of {known!r} is done")


def no_order_tells_a_secret(trial: WriterTrial) -> None:
    for kind in (*FAULTS, "unauthorised"):
        trial.resettle()
        with overhear() as said:
            orders = trial.orders(trial.line(Fault(kind, after=1, times=-1)))
            said.hear(repr(orders), str(orders))
            said.hear(overheard(orders.submit, trial.wanted()))
        for name, secret in trial.secrets.items():
            expect(not said.holds(secret), f"{kind}: the secret {name} is told")


def _placed(trial: WriterTrial, wanted: WantedOrder) -> str:
    told = trial.orders().submit(wanted)
    if not isinstance(told, Placed):
        raise Broken(f"not placed: {told}")
    return told.flagship_order_id


def _stocks(trial: WriterTrial) -> dict[str, int]:
    return {good: trial.desk.stock_of(good) for good in trial.desk.listed()}
