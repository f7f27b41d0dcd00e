from __future__ import annotations

from random import Random

from app.kernel.on_disk import OnDisk

STRANGE = ["", "\0", "a\0b", "\ud800", "雾蓝", "'; DROP TABLE kept"]


def test_whatever_is_asked_it_answers_as_a_dictionary() -> None:
    """Four times more keys than wait in memory, half of what is done to them undone again."""
    chance, kept, plain = Random(36), OnDisk[str](), dict[str, str]()
    keys = [*STRANGE, *(f"SKU-{number}" for number in range(16_000))]
    for step in range(60_000):
        key, value = chance.choice(keys), str(step % 50)
        match chance.randrange(5):
            case 0 | 1:
                kept[key] = plain[key] = value
            case 2:
                assert kept.setdefault(key, value) == plain.setdefault(key, value)
            case 3:
                assert kept.pop(key) == plain.pop(key, None)
            case _:
                assert (kept.get(key), key in kept) == (plain.get(key), key in plain)
    assert all(kept.get(key) == plain.get(key) for key in keys)
    assert kept.keys_of("7") == {key for key, value in plain.items() if value == "7"}


def test_numbers_stay_numbers() -> None:
    kept = OnDisk[int]()
    for number in range(10_000):
        kept[str(number)] = number
    assert [kept.get(str(number)) for number in (0, 1, 9_999)] == [0, 1, 9_999]
    assert kept.keys_of(0) == {"0"}
