"""An amount in a refusal is said as money at the edge: the sentence names `left`, the data hold `left_minor`."""

from __future__ import annotations

import re
from pathlib import Path

from app.config import ROOT
from app.kernel.errors import Refused

RAISED = re.compile(r"(?:Refused|Conflict)\(\s*\"[a-z_]+\",\s*\"([^\"]*)\"([^)]*)", re.S)


def sentences() -> list[tuple[Path, str, str]]:
    return [(path, *found) for name in ("domain", "flows") for path in sorted((ROOT / "app" / name).rglob("*.py")) for found in RAISED.findall(path.read_text())]


def test_no_sentence_counts_fen() -> None:
    found = sentences()
    assert len(found) > 200
    for path, text, data in found:
        assert "_minor)" not in text and not re.search(r"%\(\w+\)d 分(?!钟)", text), (path, text)
        for name in re.findall(r"(\w+)_minor=", data):
            assert f"%({name})d" not in text, (path, text)


def test_a_refusal_can_be_written_to_a_log() -> None:
    assert str(Refused("too_much", "最多 %(left)s", left_minor=1205)) == "最多 1205"
