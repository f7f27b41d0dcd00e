"""A statement's line in words: what it is, how its base came about, base × rate = share, and what changed it (R4, R5, R7, R11)."""

from __future__ import annotations

from flask_babel import gettext

from app.domain.settlement.statement_lines import StatementLine
from app.domain.settlement.statements import Statement, group_of
from app.kernel.money import half_up, share_of

from .explaining import why
from .formats import money, option_text, rate
from .money_words import LEDGER_ROLES, POSTING_KINDS, refund_reason, word


def kind(line: StatementLine) -> str:
    return word(POSTING_KINDS, line.kind)


def role(line: StatementLine) -> str:
    return word(LEDGER_ROLES, line.role)


def subject(line: StatementLine) -> str:
    """The goods, or the number of what moved the money."""
    if line.title:
        return " · ".join(filter(None, (line.title, option_text(line.options)))) + (f" ×{line.quantity}" if (line.quantity or 1) > 1 else "")
    if line.reference is not None:
        number, group = line.reference, group_of(line.kind)
        if group == "requested":
            return gettext("提现 W-%(number)d", number=number)
        return gettext("第 %(number)d 批打款", number=number) if group == "paid" else gettext("核销 %(number)d", number=number)
    return role(line)


def base(line: StatementLine) -> str:
    """'299.00 × 1 − 品牌券 21.42 = 277.58', from the list price on; '' where there is nothing to work out."""
    if line.base_minor is None or line.unit_price_minor is None or line.role.endswith("_subsidy") or group_of(line.kind) != "earned":
        return ""
    text, at_list = f"{money(line.unit_price_minor)} × {line.quantity}", line.list_price_minor == line.unit_price_minor
    if at_list and line.base_minor == line.unit_price_minor:
        return ""
    if not at_list:
        text = gettext("原价 %(list)s，%(activity)s %(price)s", list=money(line.list_price_minor or 0), activity=line.activity or gettext("活动价"), price=text)
    if line.brand_discount_minor:
        text += gettext(" − 品牌券 %(amount)s", amount=money(line.brand_discount_minor))
    return f"{text} = {money(line.base_minor)}" if line.brand_discount_minor or line.quantity != 1 else text


def share(line: StatementLine) -> str:
    """'277.58 × 12% = 33.31'; the limit that decided is named where the rate alone would say otherwise."""
    if line.share_minor is None or line.base_minor is None:
        return ""
    if line.role.endswith("_subsidy"):
        return gettext("券里由这一方出 %(amount)s", amount=money(line.funded_minor or line.platform_discount_minor or 0))
    if line.rate_bp is None:
        return gettext("%(base)s 中 %(amount)s", base=money(line.base_minor), amount=money(line.share_minor))
    by_rate = share_of(line.base_minor, line.rate_bp)
    text = f"{money(line.base_minor)} × {rate(line.rate_bp)} = {money(by_rate)}"
    if by_rate == line.share_minor:
        return text
    return gettext("%(rate)s，按限额 %(amount)s", rate=text, amount=money(line.share_minor))


def change(line: StatementLine) -> str:
    """What makes the line differ from the share: taken back before it was released, or its part of a refund (R11)."""
    if line.share_minor is None:
        return ""
    if line.role.endswith("_subsidy"):
        return _given_back(line)
    if line.kind in ("reversed", "chargeback"):
        return _taken_back(line)
    less = line.share_minor - line.amount_minor
    if not less or line.kind == "cancelled":
        return ""
    if line.role == "fulfilling_store":
        return gettext("按发出的件数，%(amount)s", amount=money(line.amount_minor))
    return gettext("解冻前已扣回 %(amount)s", amount=money(less))


def _given_back(line: StatementLine) -> str:
    """What a refund returns of a party's part in a coupon (R7, R11)."""
    if line.kind == "cancelled":
        return ""
    part = 0 if line.kind in ("reversed", "chargeback") else line.funded_minor or line.platform_discount_minor or 0
    back = line.amount_minor + part
    return gettext("退款时退还 %(amount)s", amount=money(back)) if back else ""


def _taken_back(line: StatementLine) -> str:
    whole, so_far = (line.paid_minor, line.refunded_minor) if line.paid_minor else (line.quantity, line.refunded_pieces)
    if not whole or so_far is None or line.share_minor is None:
        return ""
    shown = (money(so_far), money(whole)) if line.paid_minor else (str(so_far), str(whole))
    text = f"{money(line.share_minor)} × {shown[0]} ÷ {shown[1]}"
    before = line.reversed_before_minor or 0
    if before:
        text += gettext(" − 之前已扣 %(amount)s", amount=money(before))
    exact = half_up(line.share_minor * min(so_far, whole), whole) - before == -line.amount_minor
    return f"{text} = {money(-line.amount_minor)}" if exact else gettext("%(text)s，尾差归品牌", text=text)


def reason(line: StatementLine) -> str:
    """Why: the rule behind a share, or a person's reason."""
    told = refund_reason(str((line.note or {}).get("reason") or ""))
    if line.kind == "fulfilled":
        return gettext("包裹发出，这一份归发货的门店；旗舰店发货就归品牌")
    if group_of(line.kind) != "earned":
        return told
    return why(line.trace) if line.trace and not line.role.endswith("_subsidy") else told


def formulas(line: StatementLine) -> list[str]:
    """Base, share and change, as many of them as there are."""
    return [text for text in (base(line), share(line), change(line)) if text]


def formula(line: StatementLine) -> str:
    """All of it on one line."""
    return gettext("；").join(formulas(line))


def sums(told: Statement) -> list[tuple[str, int]]:
    """Opening, the groups that moved, closing."""
    names = {"earned": gettext("本期收入"), "reversed": gettext("退款与拒付扣回"), "fees": gettext("支付与拒付手续费"), "requested": gettext("申请提现"),
             "paid": gettext("打款"), "written_off": gettext("核销")}
    if not told.account.house:
        names["earned"] = gettext("本期解冻")
    always = ("earned", "reversed", *(() if told.account.house else ("paid",)))
    return [(gettext("期初余额"), told.opening_minor), *((names[group], amount) for group, amount in told.groups.items() if amount or group in always),
            (gettext("期末余额"), told.closing_minor)]
