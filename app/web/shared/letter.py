"""Letters on A4: a head on every page, blocks of figures, one long table; pages are numbered x of y before the last row is read.

What is placed is measured first (`Flow`), so the number of pages is known from the number of rows alone, and each page leaves
as soon as it is full.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from app.kernel.pdf import A4, Colour, Sheet, fitted
from app.kernel.typeface import Typeface

LEFT, RIGHT, TOP, BOTTOM = 42.0, A4[0] - 42.0, 92.0, A4[1] - 56.0
INK: Colour = (0.086, 0.094, 0.106)
QUIET: Colour = (0.32, 0.333, 0.353)
HAIR: Colour = (0.9, 0.9, 0.885)
STRONG: Colour = (0.45, 0.46, 0.48)
BAND: Colour = (0.973, 0.973, 0.965)
PLAIN, BOLD = 0, 1
LINE, ROW, HEAD = 15.0, 27.0, 19.0


@dataclass(frozen=True, slots=True)
class Column:
    """From `x` to `to` in points; figures stand to the right."""

    title: str
    x: float
    to: float
    right: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A titled list of (label, note, figure); the last of `summed` is the sum under a rule. Halves stand side by side."""

    title: str
    rows: Sequence[tuple[str, str, str]]
    summed: bool = True
    beside: Block | None = None

    @property
    def height(self) -> float:
        own = 26 + LINE * len(self.rows)
        return max(own, self.beside.height) if self.beside else own


@dataclass(frozen=True, slots=True)
class Letter:
    """`rows` are read once; each is per column (first line, second line). `carried` says what stands when a page is full."""

    brand: str
    title: str
    lead: str
    foot: str
    facts: Sequence[tuple[str, str]]
    blocks: Sequence[Block]
    columns: Sequence[Column]
    row_count: int
    rows: Iterable[Sequence[tuple[str, str]]]
    closing: Sequence[str]
    page_words: str
    carried_words: tuple[str, str] = ("", "")
    empty: str = ""


@dataclass(slots=True)
class Flow:
    """Where the next thing goes; in the table a new page begins with its head and what was brought forward."""

    table: bool = False
    page: int = 1
    y: float = field(default=TOP)

    def place(self, height: float, *, room: float = 0.0) -> bool:
        """Takes the height; True when a new page was begun for it. `room` must be left below."""
        turned = self.y + height + room > BOTTOM
        if turned:
            self.page, self.y = self.page + 1, TOP + (HEAD + LINE if self.table else 0)
        self.y += height
        return turned


def sheets(letter: Letter, faces: Sequence[Typeface]) -> Iterator[Sheet]:
    """Page by page."""
    return _Setting(letter, faces).sheets()


def page_count(letter: Letter) -> int:
    flow = Flow(y=_below_facts(letter))
    for block in letter.blocks:
        flow.place(block.height)
    flow.place(HEAD, room=ROW + LINE)
    flow.table = True
    for _ in range(max(letter.row_count, 1)):
        flow.place(ROW, room=LINE)
    flow.table = False
    flow.place(_closing_height(letter))
    return flow.page


def _below_facts(letter: Letter) -> float:
    return TOP + 34 + LINE * -(-len(letter.facts) // 2) + 8


def _closing_height(letter: Letter) -> float:
    return 18 + LINE * len(letter.closing)


class _Setting:
    def __init__(self, letter: Letter, faces: Sequence[Typeface]) -> None:
        self.letter, self.faces, self.pages = letter, faces, page_count(letter)
        self.flow, self.sheet = Flow(y=_below_facts(letter)), Sheet(faces)

    def sheets(self) -> Iterator[Sheet]:
        self._head()
        self._facts()
        for block in self.letter.blocks:
            yield from self._room(block.height)
            self._block(block, self.flow.y - block.height, LEFT, RIGHT)
        yield from self._table()
        yield from self._room(_closing_height(self.letter))
        self._closing(self.flow.y - _closing_height(self.letter))
        yield self.sheet

    def _room(self, height: float, room: float = 0.0) -> Iterator[Sheet]:
        if self.flow.place(height, room=room):
            yield self.sheet
            self.sheet = Sheet(self.faces)
            self._head()

    def _head(self) -> None:
        letter, sheet = self.letter, self.sheet
        sheet.text(LEFT, 48, fitted(self.faces[BOLD], letter.brand, 10, 300), size=10, face=BOLD, colour=INK)
        sheet.text(RIGHT, 48, fitted(self.faces[PLAIN], letter.foot, 8, 220), size=8, colour=QUIET, right=True)
        sheet.line(LEFT, 58, RIGHT, 58, width=0.8, colour=INK)
        sheet.line(LEFT, A4[1] - 44, RIGHT, A4[1] - 44, colour=HAIR)
        sheet.text(LEFT, A4[1] - 32, fitted(self.faces[PLAIN], f"{letter.title} · {letter.lead}", 7.5, 380), size=7.5, colour=QUIET)
        sheet.text(RIGHT, A4[1] - 32, letter.page_words.format(page=self.flow.page, pages=self.pages), size=7.5, colour=QUIET, right=True)

    def _facts(self) -> None:
        self.sheet.text(LEFT, TOP + 8, fitted(self.faces[BOLD], self.letter.title, 17, RIGHT - LEFT), size=17, face=BOLD, colour=INK)
        middle = (LEFT + RIGHT) / 2
        for place, (term, value) in enumerate(self.letter.facts):
            x, y = (middle if place % 2 else LEFT), TOP + 34 + LINE * (place // 2)
            self.sheet.text(x, y, term, size=8, colour=QUIET)
            self.sheet.text(x + 58, y, fitted(self.faces[PLAIN], value, 8.5, middle - LEFT - 66), size=8.5, colour=INK)

    def _block(self, block: Block, top: float, left: float, right: float) -> None:
        if block.beside:
            gap = 22
            middle = (left + right) / 2
            self._block(block.beside, top, middle + gap / 2, right)
            right = middle - gap / 2
        self.sheet.text(left, top + 14, block.title, size=9, face=BOLD, colour=INK)
        y = top + 20
        for place, (label, note, figure) in enumerate(block.rows):
            last = block.summed and place == len(block.rows) - 1
            if last:
                self.sheet.line(left, y + 1, right, y + 1, width=0.7, colour=STRONG)
            face = BOLD if last else PLAIN
            wide = self.sheet.text(left, y + 11, fitted(self.faces[face], label, 8.5, 150), size=8.5, face=face, colour=INK)
            taken = self.sheet.text(right, y + 11, figure, size=8.5, face=face, colour=INK, right=True)
            if note:
                self.sheet.text(left + wide + 8, y + 11, fitted(self.faces[PLAIN], note, 7.5, right - left - wide - taken - 18), size=7.5, colour=QUIET)
            y += LINE

    def _table(self) -> Iterator[Sheet]:
        yield from self._room(HEAD, ROW + LINE)
        self._table_head(self.flow.y - HEAD)
        self.flow.table = True
        count, standing, bottom = 0, "", self.flow.y
        for row in self.letter.rows:
            if self.flow.place(ROW, room=LINE):
                self._carry(bottom, self.letter.carried_words[1], standing)
                yield self.sheet
                self.sheet = Sheet(self.faces)
                self._head()
                self._table_head(TOP)
                self._carry(TOP + HEAD, self.letter.carried_words[0], standing)
            self._row(row, self.flow.y - ROW)
            bottom, standing, count = self.flow.y, row[-1][0], count + 1
        if not count:
            self.flow.place(ROW, room=LINE)
            self.sheet.text(LEFT + 4, self.flow.y - 10, self.letter.empty, size=8, colour=QUIET)
        self.sheet.line(LEFT, self.flow.y, RIGHT, self.flow.y, width=0.7, colour=STRONG)
        self.flow.table = False

    def _table_head(self, top: float) -> None:
        self.sheet.fill(LEFT, top, RIGHT - LEFT, HEAD, BAND)
        self.sheet.line(LEFT, top + HEAD, RIGHT, top + HEAD, width=0.7, colour=STRONG)
        for column in self.letter.columns:
            self.sheet.text(column.to if column.right else column.x, top + 12.5, column.title, size=7.5, face=BOLD, colour=QUIET, right=column.right)

    def _carry(self, top: float, word: str, standing: str) -> None:
        last = self.letter.columns[-1]
        self.sheet.text(LEFT + 4, top + 10, word, size=7.5, colour=QUIET)
        self.sheet.text(last.to, top + 10, standing, size=7.5, colour=QUIET, right=True)

    def _row(self, row: Sequence[tuple[str, str]], top: float) -> None:
        if top > TOP:
            self.sheet.line(LEFT, top, RIGHT, top, width=0.4, colour=HAIR)
        for column, (first, second) in zip(self.letter.columns, row, strict=True):
            x, wide = (column.to if column.right else column.x), column.to - column.x
            self.sheet.text(x, top + 11, fitted(self.faces[PLAIN], first, 8, wide), size=8, colour=INK, right=column.right)
            if second:
                self.sheet.text(x, top + 21, fitted(self.faces[PLAIN], second, 7, wide), size=7, colour=QUIET, right=column.right)

    def _closing(self, top: float) -> None:
        for place, text in enumerate(self.letter.closing):
            self.sheet.text(LEFT, top + 22 + LINE * place, fitted(self.faces[PLAIN], text, 8, RIGHT - LEFT), size=8, colour=QUIET)
