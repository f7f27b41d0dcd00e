"""A statement as a PDF: who, when, what adds up to what, every payout gross, tax and net, every line, how to dispute (R31)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from flask_babel import get_locale, gettext

from app.domain.brands.queries import settings_of
from app.domain.insights.payees import PayeeCard
from app.domain.settlement.brand_books import BrandBooks
from app.domain.settlement.statement_lines import StatementLine
from app.domain.settlement.statements import Statement
from app.kernel.pdf import pdf
from app.kernel.typeface import REGULAR, SEMIBOLD, Typeface

from . import brand_words
from . import statement_words as words
from .application import now
from .formats import day, moment, money
from .letter import LEFT, RIGHT, Block, Column, Letter, sheets
from .money_words import PAYEE_KINDS, PAYOUT_METHODS, PAYOUT_STATES, PHASES, TAX_KINDS, word
from .names import payee_name
from .periods import Period
from .serving import brand, brand_id, db

MOST_PAYOUTS = 12
"""On paper; the sums are of all."""


def statement_pdf(told: Statement, card: PayeeCard, period: Period, lines: Iterable[StatementLine], books: BrandBooks | None = None) -> Iterator[bytes]:
    """The file in pieces; `books` are what a brand's own statement begins with."""
    letter = _letter(told, card, period, lines, books)
    faces = (Typeface(REGULAR), Typeface(SEMIBOLD))
    locale = get_locale()
    title = f"{letter.title} {letter.lead}"
    return pdf(sheets(letter, faces), faces=faces, title=title, at=now(), language=str(locale).replace("_", "-") if locale else "zh")


def _letter(told: Statement, card: PayeeCard, period: Period, lines: Iterable[StatementLine], books: BrandBooks | None) -> Letter:
    name = payee_name(told.payee.party, told.payee.name)
    return Letter(
        brand=brand().name, title=gettext("%(name)s 的对账单", name=name), lead=f"{_days(period)} · {brand().currency}",
        foot=gettext("%(at)s 出具", at=moment(now(), "yyyy-MM-dd HH:mm")), facts=_facts(told, card, period),
        blocks=_blocks(told, books), columns=_columns(), row_count=told.line_count, rows=_rows(told, lines), closing=_closing(told),
        page_words=gettext("第 {page} / {pages} 页"), carried_words=(gettext("承前页余额"), gettext("过次页余额")), empty=gettext("这一期没有变动。"))


def _days(period: Period) -> str:
    return gettext("%(first)s 至 %(last)s", first=day(period.first), last=day(period.last))


def _facts(told: Statement, card: PayeeCard, period: Period) -> list[tuple[str, str]]:
    kind = word(PAYEE_KINDS, card.kind)
    who = " · ".join(filter(None, (kind, card.place, card.employee_no)))
    facts = [(gettext("收款方"), payee_name(told.payee.party, told.payee.name)), (gettext("账期"), _days(period)), (gettext("身份"), who),
             (gettext("币种"), brand().currency)]
    if not told.account.house:
        facts += [(gettext("怎么付"), word(TAX_KINDS, card.tax_kind)), (gettext("收款账户"), card.bank_hint or "—")]
    return facts


def _blocks(told: Statement, books: BrandBooks | None) -> list[Block]:
    summary = Block(gettext("合计"), [(label, "", money(amount)) for label, amount in words.sums(told)])
    if books:
        return [*(Block(title, rows) for title, rows in brand_words.blocks(books)), summary]
    standing = [(word(PHASES, phase), "", money(told.standing[phase])) for phase in PHASES if told.standing.get(phase) and phase != "available"]
    beside = Block(gettext("期末还有"), standing or [(gettext("其他阶段都是零"), "", "")], summed=False)
    return [Block(summary.title, summary.rows, beside=beside), *_payouts(told)]


def _payouts(told: Statement) -> list[Block]:
    if not told.payouts:
        return []
    rows = [(gettext("第 %(number)d 批 · %(at)s", number=one.run_number, at=moment(one.at, "yyyy-MM-dd")),
             gettext("%(state)s · %(method)s · 应付 %(gross)s − 代扣税 %(tax)s", state=word(PAYOUT_STATES, one.state), method=word(PAYOUT_METHODS, one.method),
                     gross=money(one.gross_minor), tax=money(one.tax_minor)), money(one.net_minor)) for one in told.payouts[-MOST_PAYOUTS:]]
    gross, tax = (sum(getattr(one, name) for one in told.paid_out) for name in ("gross_minor", "tax_minor"))
    total = (gettext("已打款实付"), gettext("%(count)d 笔 · 应付 %(gross)s − 代扣税 %(tax)s", count=len(told.paid_out), gross=money(gross), tax=money(tax)),
             money(gross - tax))
    return [Block(gettext("打款：应付、代扣税、实付"), [*rows, total])]


def _columns() -> Sequence[Column]:
    edges = (LEFT + 4, LEFT + 62, LEFT + 124, LEFT + 278, LEFT + 402, RIGHT - 56, RIGHT - 2)
    titles = (gettext("时间"), gettext("事项"), gettext("订单 · 商品"), gettext("怎么算"), gettext("本行金额"), gettext("余额"))
    return [Column(title, edges[place], edges[place + 1] - (0 if place == len(titles) - 1 else 8), right=place >= 4) for place, title in enumerate(titles)]


def _rows(told: Statement, lines: Iterable[StatementLine]) -> Iterator[Sequence[tuple[str, str]]]:
    balance = told.opening_minor
    for line in lines:
        balance += line.amount_minor
        yield row(line, balance)


def row(line: StatementLine, balance_minor: int) -> Sequence[tuple[str, str]]:
    """Two lines of each column; the balance comes last."""
    base, share, change, reason = words.base(line), words.share(line), words.change(line), words.reason(line)
    how = (share, change or base) if share else (reason, "")
    return ((moment(line.at, "yyyy-MM-dd"), moment(line.at, "HH:mm")), (words.kind(line), words.role(line)),
            (line.order_number or words.subject(line), words.subject(line) if line.order_number else ""), how,
            (money(line.amount_minor), ""), (money(balance_minor), ""))


def _closing(told: Statement) -> list[str]:
    phone = settings_of(db(), brand_id=brand_id()).service_phone
    whom = gettext("品牌财务（%(phone)s）", phone=phone) if phone else gettext("品牌财务")
    texts = [gettext("期初余额加上每一行，就是期末余额；每一行都来自一笔只增不改的台账凭证，比例和规则在下单时已经锁定。"),
             gettext("有异议时，请写明订单号和日期联系%(whom)s；订单归属的异议请在结算前提出。", whom=whom)]
    if told.closing_minor < 0:
        texts.append(gettext("余额为负：退款发生在打款之后，会从以后的收入里抵扣，不用退回。"))
    return texts
