"""The one policy of trying again, with its waits worked by hand."""

from __future__ import annotations

import pytest

from app.domain.catalog.ports import Answer, FlagshipUnreachable, NeedsAuthorisation
from app.gateways.answers import asked_to_wait
from app.gateways.flagship.asking import Asking, Call, as_json
from app.gateways.flagship.opening import GivenSecrets
from app.gateways.flagship.retrying import Patience, Retry, TryAgain


def asking(*answers: Answer | FlagshipUnreachable, waited: list[float] | None = None, secrets: GivenSecrets | None = None) -> tuple[Asking, list[str]]:
    """What is answered in turn; the last one for ever."""
    tokens: list[str] = []
    told = list(answers)

    def talk(method: str, url: str, *, headers: dict[str, str], **_: object) -> Answer:
        tokens.append(headers.get("X-Token", ""))
        answer = told.pop(0) if len(told) > 1 else told[0]
        if isinstance(answer, FlagshipUnreachable):
            raise answer
        return answer

    pauses = [] if waited is None else waited
    retry = Retry(Patience(tries=4, first_seconds=1, most_seconds=3), sleep=pauses.append, chance=lambda: 1.0)
    return Asking(talk, secrets or GivenSecrets({"token": "t1"}), retry), tokens  # type: ignore[arg-type]


def ask(asking: Asking) -> object:
    return asking.ask(lambda secrets: Call("GET", "https://shop.example/", {"X-Token": secrets["token"]}), as_json)


def lost(code: str) -> FlagshipUnreachable:
    return FlagshipUnreachable(code, "连接不上旗舰店的网址", unsure=True)


GOOD = Answer(200, {}, b'{"ok":1}')


def test_waits_double_up_to_a_bound() -> None:
    patience = Patience(tries=5, first_seconds=1, most_seconds=3, asked_most=60)
    assert [patience.pause(failures, after=0, chance=1) for failures in range(1, 6)] == [1, 2, 3, 3, None]
    assert [patience.pause(failures, after=0, chance=0) for failures in range(1, 4)] == [0.5, 1, 1.5]
    assert patience.pause(1, after=7, chance=0) == 7
    assert patience.pause(1, after=61, chance=0) is None


@pytest.mark.parametrize(("headers", "seconds"), [
    ({"retry-after": "7"}, 7), ({"retry-after": "2.5"}, 2.5), ({"retry-after": " 3 "}, 3), ({}, 0), ({"retry-after": "soon"}, 0), ({"retry-after": "-1"}, 0),
    ({"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT", "date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 30),
    ({"retry-after": "Wed, 21 Oct 2026 07:27:00 GMT", "date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 0),
    ({"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT"}, 0),
])
def test_what_a_shop_asks_for(headers: dict[str, str], seconds: float) -> None:
    assert asked_to_wait(headers) == seconds


@pytest.mark.parametrize("passing", [Answer(503, {}, b""), Answer(200, {}, b'{"ok":'), Answer(200, {}, b"<html>"), Answer(200, {}, b""),
                                     lost("timeout"), lost("connection_failed"), lost("broken_gzip"), lost("host_unknown")])
def test_what_passes(passing: Answer | FlagshipUnreachable) -> None:
    waited: list[float] = []
    shop, calls = asking(passing, passing, GOOD, waited=waited)
    assert ask(shop) == {"ok": 1} and waited == [1, 2] and len(calls) == 3


@pytest.mark.parametrize(("staying", "code"), [
    (Answer(503, {}, b""), "http_status"), (Answer(200, {}, b"{"), "broken_answer"), (lost("timeout"), "timeout"),
    (Answer(429, {"retry-after": "9999"}, b""), "http_status"),
])
def test_patience_ends(staying: Answer | FlagshipUnreachable, code: str) -> None:
    shop, _ = asking(staying)
    with pytest.raises(FlagshipUnreachable) as caught:
        ask(shop)
    assert caught.value.code == code


@pytest.mark.parametrize(("answer", "code"), [
    (Answer(404, {}, b""), "http_status"), (Answer(400, {}, b""), "http_status"), (Answer(403, {}, b""), "forbidden"), (Answer(302, {}, b""), "redirected"),
    (lost("address_refused"), "address_refused"), (lost("too_large"), "too_large"),
])
def test_what_does_not_pass_is_told_at_once(answer: Answer | FlagshipUnreachable, code: str) -> None:
    waited: list[float] = []
    shop, calls = asking(answer, waited=waited)
    with pytest.raises(FlagshipUnreachable) as caught:
        ask(shop)
    assert (caught.value.code, waited, len(calls)) == (code, [], 1)


def test_a_401_looks_once_for_a_renewed_secret() -> None:
    secrets = GivenSecrets({"token": "t1"})
    shop, tokens = asking(Answer(401, {}, b""), secrets=secrets)
    with pytest.raises(NeedsAuthorisation):
        ask(shop)
    assert tokens == ["t1"]
    shop, tokens = asking(Answer(401, {}, b""), GOOD, secrets=secrets)
    shop.known()
    secrets.keep(token="t2")
    assert ask(shop) == {"ok": 1} and tokens == ["t1", "t2"]


def test_an_error_of_another_kind_goes_through() -> None:
    def attempt() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Retry(sleep=lambda _: None)(attempt)


def test_it_is_tried_so_often_and_no_more() -> None:
    calls: list[int] = []

    def attempt() -> None:
        calls.append(1)
        raise TryAgain(lost("timeout"))

    with pytest.raises(FlagshipUnreachable):
        Retry(Patience(tries=3), sleep=lambda _: None)(attempt)
    assert len(calls) == 3


