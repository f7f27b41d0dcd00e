"""Reads back the text of a PDF of ours, page by page, by what the file says itself: its own maps and streams."""

from __future__ import annotations

import re
import zlib

OBJECT = re.compile(rb"(\d+) 0 obj\n(.*?)\nendobj\n", re.DOTALL)


def objects(file: bytes) -> dict[int, bytes]:
    """Number → body; every object begins where the table at the end says."""
    table = file[int(re.findall(rb"startxref\n(\d+)", file)[-1]):]
    places = [int(place) for place in re.findall(rb"(\d{10}) 00000 n", table)]
    found = {}
    for number, place in enumerate(places, start=1):
        match = OBJECT.match(file, place)
        assert match and int(match[1]) == number, "the table points beside the object"
        found[number] = match[2]
    return found


def pages(file: bytes) -> list[str]:
    """The text of each page, one line a piece of text."""
    found = objects(file)
    fonts = {name: _letters(found, int(number)) for name, number in re.findall(rb"/(F\d) (\d+) 0 R", _one(found, rb"<</Font<<"))}
    numbers = [int(number) for number in re.findall(rb"(\d+) 0 R", re.search(rb"/Kids\[(.*?)\]", _one(found, rb"<</Type/Pages"))[1])]  # type: ignore[index]
    return [_page(found, number, fonts) for number in numbers]


def _page(found: dict[int, bytes], number: int, fonts: dict[bytes, dict[int, str]]) -> str:
    content = _stream(found[int(re.search(rb"/Contents (\d+)", found[number])[1])])  # type: ignore[index]
    return "\n".join("".join(fonts[font][int(codes[at:at + 4], 16)] for at in range(0, len(codes), 4))
                     for font, codes in re.findall(rb"/(F\d) [\d.]+ Tf [\d.-]+ [\d.-]+ Td <([0-9a-f]*)> Tj", content))


def _letters(found: dict[int, bytes], font: int) -> dict[int, str]:
    to_text = _stream(found[int(re.search(rb"/ToUnicode (\d+)", found[font])[1])])  # type: ignore[index]
    return {int(code, 16): bytes.fromhex(letter.decode()).decode("utf-16-be") for code, letter in re.findall(rb"<([0-9a-f]{4})> <([0-9a-f]+)>", to_text)}


def _stream(body: bytes) -> bytes:
    return zlib.decompress(body[body.index(b"stream\n") + 7:body.rindex(b"\nendstream")])


def _one(found: dict[int, bytes], beginning: bytes) -> bytes:
    [body] = [body for body in found.values() if body.startswith(beginning)]
    return body
