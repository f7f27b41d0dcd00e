"""The console's first page: what to do next, what waits, how it is going."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from flask import current_app, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from app.domain.brands.queries import settings_of
from app.domain.challenges.queries import to_confirm
from app.domain.flagship_books.queries import open_by_source
from app.domain.fraud.queries import waiting_holds
from app.domain.fulfilment.queries import need_a_person
from app.domain.insights.attention import Waiting, waiting
from app.domain.insights.go_live import GoLive, go_live
from app.domain.insights.ledger_checks import last_check
from app.domain.insights.provider_days import to_look_at
from app.domain.insights.rules_at_rest import idle_rules
from app.domain.insights.sales import Sales, sales
from app.domain.provider.health import health_of
from app.domain.provider.waiting import misfits
from app.domain.settlement.transfers import to_look_at as stuck_transfers
from app.flows.guard_margin import Overrun, overruns, refusal
from app.kernel.clock import day_start
from app.kernel.money import half_up
from app.web.shared.application import app, now
from app.web.shared.errors import says
from app.web.shared.formats import day, moment, money, priced
from app.web.shared.serving import actor, brand, brand_id, db

from . import asked, rate_words
from .after_sale_waiting import waiting_after_sales
from .blueprint import console
from .drift_rows import drift_rows
from .payee_accounts import accounts_to_mend

PERIODS = (7, 14, 30)
CHART_DAYS = 14
BOOK_DAYS = 30


@console.get("/")
def home() -> ResponseReturnValue:
    me = actor()
    me.require("home")
    span = int(asked.one_of("days", ("7", "14", "30")) or 7)
    today, zone = asked.today(), brand().timezone
    figures = sales(db(), brand_id=brand_id(), timezone=zone, within=me.within, to=day_start(today + timedelta(days=1), zone),
                    from_=day_start(today - timedelta(days=span - 1), zone), before=day_start(today - timedelta(days=2 * span - 1), zone),
                    chart_from=day_start(today - timedelta(days=CHART_DAYS - 1), zone))
    facts = go_live(db(), brand_id=brand_id(), now=now())
    return render_template(
        "console/home.html", span=span, periods=PERIODS, figures=figures, kpis=_kpis(figures, span), chart=_chart(figures, today),
        funnel=_funnel(figures), steps=_steps(facts) if me.within is None else [], waiting=_waiting(waiting(db(), brand_id=brand_id(), within=me.within)),
        greeting=_greeting(), facts=facts, user=me.name, now=now(), may_invite=me.may("guides:edit"), drifts=drift_rows(), money_too=me.may("money:view"))


def _greeting() -> str:
    hour = int(moment(now(), "H"))
    return gettext("早上好") if 5 <= hour < 12 else gettext("下午好") if 12 <= hour < 18 else gettext("晚上好")


def _steps(facts: GoLive) -> list[dict[str, Any]]:
    """Done steps carry their number; the first open one is next, a later one says what opens it."""
    steps: list[tuple[bool, str, str, str, str]] = [
        (facts.approved, gettext("资质已过审"), gettext("平台审核通过后，云店才能对外。"), "settings", gettext("看资料")),
        (facts.sources > 0, gettext("接入旗舰店"), gettext("用旗舰店导出的商品文件或地址，一次接好。"), "sources", gettext("去接入")),
        (facts.variants > 0, gettext("首次同步 %(count)s 项", count=f"{facts.variants:,}") if facts.variants else gettext("首次同步"),
         gettext("先看差异，再写入；每一项都有交代。"), "sources", gettext("去同步")),
        (facts.rules > 0, gettext("佣金规则"), gettext("先定一个品牌默认比例，导购就知道卖什么赚多少。"), "new_rule", gettext("去定比例")),
        (facts.stores > 0, gettext("门店 %(count)d 家", count=facts.stores) if facts.stores else gettext("开门店"),
         gettext("大区、经销商、商场、门店，佣金和分账都跟着门店走。"), "orgs", gettext("去开门店")),
        (facts.guides > 0, gettext("导购加入 %(count)d 人", count=facts.guides) if facts.guides else gettext("导购加入"),
         gettext("导入花名册，或把邀请码发给店长；开了门店就可以邀请。"), "invites", gettext("去邀请")),
        (facts.sharing_guides > 0, gettext("导购开始分享"), gettext("导购登录后挑商品、发链接；有人加入后开始。"), "guides", gettext("看导购")),
        (facts.paid_orders > 0, gettext("首单"), gettext("第一张付款的订单到来时自动打勾；有人分享后开始。"), "orders", gettext("看订单")),
        (facts.payout_runs > 0, gettext("首次打款"), gettext("有了可提现的佣金，起草、批准、执行；首单之后开放。"), "payouts", gettext("看打款")),
    ]
    open_now = next((place for place, step in enumerate(steps) if not step[0]), len(steps))
    needs = {5: facts.stores, 6: facts.guides, 7: facts.sharing_guides, 8: facts.paid_orders}
    return [{"title": title, "text": text, "href": _href(endpoint), "verb": verb,
             "state": "done" if done else "now" if place == open_now else "todo" if needs.get(place, 1) else "locked"}
            for place, (done, title, text, endpoint, verb) in enumerate(steps)]


def _href(endpoint: str) -> str:
    return url_for(f"console.{endpoint}") if f"console.{endpoint}" in current_app.view_functions else url_for("console.home")


def _waiting(facts: Waiting) -> list[dict[str, str]]:
    """Worst first; only what this person can do something about."""
    may = actor().may
    found: list[dict[str, str] | None] = [
        *(_provider() if may("money:view") and actor().within is None else ()),
        _ledger() if may("money:view") else None,
        _reconciled(facts) if may("money:view") else None,
        *(_provider_books() if may("money:view") else ()),
        *(_transfers() if may("money:view") and actor().within is None else ()),
        *(_flagship_books() if may("money:view") else ()),
        *(_locked_out(*one) for one in facts.locked_out if may("catalog:edit") and actor().within is None),
        *(_sync(*one) for one in facts.sync if may("catalog:view") and actor().within is None),
        _item("warn", ngettext("%(num)d 位导购等待审核", "%(num)d 位导购等待审核", facts.pending_guides), gettext("通过后她才能登录和分享"), "guides",
              gettext("去审核"), status="pending") if facts.pending_guides and may("guides:edit") else None,
        _item("warn", ngettext("%(num)d 张订单待发货", "%(num)d 张订单待发货", facts.orders_to_ship), gettext("已付款，顾客在等"), "orders",
              gettext("去发货"), state="paid") if facts.orders_to_ship and may("orders:fulfil") else None,
        *_back_to_flagship(),
        *waiting_after_sales(),
        *_holds(),
        _run(facts) if may("money:view") else None,
        *(_challenges() if may("money:approve") else ()),
        _item("warn", ngettext("%(num)d 笔提现等待处理", "%(num)d 笔提现等待处理", facts.withdrawals[0]), gettext(
            "共 %(amount)s，列入一批打款，或说明原因拒绝", amount=priced(facts.withdrawals[1])), "withdrawals", gettext("去处理"),
              state="requested") if facts.withdrawals[0] and may("money:run") else None,
        _item("info", ngettext("%(num)d 个收款账户待核验", "%(num)d 个收款账户待核验", facts.unverified_payees), gettext("核验后才会列入打款"), "payees",
              gettext("去核验"), unverified="1") if facts.unverified_payees and may("money:approve") else None,
        *(accounts_to_mend() if may("money:view") else ()),
        *(_exceeding() if may("rates:edit") else ()),
        *(_idle() if may("rates:edit") else ()),
    ]
    return [item for item in found if item]


def _item(kind: str, title: str, text: str, endpoint: str, verb: str, **query: Any) -> dict[str, str]:
    return {"kind": kind, "title": title, "text": text, "href": url_for(f"console.{endpoint}", **query), "verb": verb}


def _provider() -> list[dict[str, str]]:
    """The online payment provider cannot be reached, or has money that does not fit its payment."""
    provider = app().gateways.online
    if provider is None:
        return []
    health = health_of(db(), provider.name)
    down = [_item("bad", gettext("支付渠道连不上"), gettext("从 %(at)s 起顾客付不了款；订单留着货，恢复后自动继续", at=moment(health.down_since)), "orders",
                  gettext("看待付款"), state="pending_payment")] if health and health.down_since else []
    return down + [_item("bad", gettext("订单 %(number)s 的付款对不上", number=one.number), gettext("支付渠道收到的和订单不一致，没有算付款，先不发货"),
                         "order", gettext("去核对"), order_id=str(one.order_id)) for one in misfits(db(), brand_id=brand_id(), now=now())[:3]]


def _ledger() -> dict[str, str] | None:
    check = last_check(db(), brand_id=brand_id())
    if check is None or not check.violations:
        return None
    return _item("bad", gettext("台账有 %(count)d 处对不上", count=check.violations), gettext("凭证都在，钱没有丢"), "ledger_check", gettext("查看"))


def _reconciled(facts: Waiting) -> dict[str, str] | None:
    """The newest four-way reconciliation found something."""
    if not facts.reconciled:
        return None
    run_id, number, count = facts.reconciled
    title = ngettext("%(num)d 处四方对不上", "%(num)d 处四方对不上", count)
    return _item("bad", title, gettext("第 %(number)d 次对账：订单、付款、台账、打款有不一致", number=number), "reconciliation_run", gettext("去看"),
                 run_id=str(run_id))


def _provider_books() -> list[dict[str, str]]:
    """Movements at the payment provider that do not match ours, of the last days."""
    count, newest = to_look_at(db(), brand_id=brand_id(), since=asked.today() - timedelta(days=BOOK_DAYS))
    return [_item("bad", ngettext("支付平台有 %(num)d 笔对不上", "支付平台有 %(num)d 笔对不上", count), gettext("最近一天是 %(day)s", day=day(newest)),
                  "provider_days", gettext("去核对"), state="differs")] if newest else []


def _transfers() -> list[dict[str, str]]:
    """Payouts that do not reach their Stripe accounts by themselves."""
    return [_item("bad", ngettext("%(num)d 笔 Stripe 转账要看一下", "%(num)d 笔 Stripe 转账要看一下", count),
                  gettext("第 %(number)d 批：一天还没转成，或在 Stripe 后台被撤回", number=number), "payout", gettext("去看"),
                  run_id=str(run_id), tab="transfers")
            for run_id, number, count in stuck_transfers(db(), brand_id=brand_id(), now=now())]


def _flagship_books() -> list[dict[str, str]]:
    """Differences with a flagship's orders, refunds and states that nobody has handled."""
    return [_item("bad", ngettext("%(num)d 处和旗舰店对不上", "%(num)d 处和旗舰店对不上", count), gettext("“%(name)s”：订单、退款或状态两边不一样", name=name),
                  "flagship_days", gettext("去处理"), source=str(source_id), state="open")
            for source_id, name, count, _days in open_by_source(db(), brand_id=brand_id())]


def _locked_out(source_id: UUID, name: str) -> dict[str, str]:
    return _item("bad", gettext("“%(name)s”需要重新授权", name=name), gettext("旗舰店不再接受保存的密钥，同步停了"), "source", gettext("去授权"),
                 source_id=str(source_id))


def _back_to_flagship() -> list[dict[str, str]]:
    """Orders and stock that go on at the flagship only when somebody decides."""
    if not actor().may("orders:fulfil"):
        return []
    pushes, writes = need_a_person(db(), brand_id=brand_id(), within=actor().within)
    found = []
    if pushes:
        found.append(_item("bad", ngettext("%(num)d 张订单卡在旗舰店", "%(num)d 张订单卡在旗舰店", pushes), gettext("旗舰店拒绝、取消或没有回答，要人决定"),
                           "flagship_orders", gettext("去处理"), trouble="1"))
    if writes:
        found.append(_item("warn", ngettext("%(num)d 笔旗舰店库存没有改成", "%(num)d 笔旗舰店库存没有改成", writes), gettext("两边的库存可能对不上"),
                           "flagship_orders", gettext("去处理"), tab="stock", trouble="1"))
    return found


def _holds() -> list[dict[str, str]]:
    """Sales whose money waits for somebody to look at them."""
    count, frozen = waiting_holds(db(), brand_id=brand_id()) if actor().may("orders:refund") else (0, 0)
    return [_item("warn", ngettext("%(num)d 单等待核查", "%(num)d 单等待核查", count), gettext("像自购或凑单，佣金 %(amount)s 先没解冻", amount=priced(frozen)),
                  "holds", gettext("去核查"), state="waiting")] if count else []


def _sync(run_id: object, source: str, conflicts: int, failures: int) -> dict[str, str]:
    texts = [gettext("%(count)d 个同步冲突", count=conflicts)] * bool(conflicts) + [gettext("%(count)d 项同步失败", count=failures)] * bool(failures)
    return {"kind": "warn", "title": " · ".join(texts), "text": gettext("%(source)s：没有丢，等你认领或修正后重试", source=source), "verb": gettext("处理"),
            "href": url_for("console.sync_run", run_id=run_id) if "console.sync_run" in current_app.view_functions else _href("sources")}


def _run(facts: Waiting) -> dict[str, str] | None:
    run = facts.open_run
    if run is None:
        return None
    title = gettext("第 %(number)d 批打款 · %(amount)s", number=run.number, amount=priced(run.amount_minor))
    if run.state == "approved":
        text = gettext("已批准，等待执行")
    else:
        text = gettext("你起草的，等另一位同事批准") if run.drafted_by_id == actor().ref else gettext("等你批准")
    return _item("warn", title, text, "payout", gettext("查看"), run_id=str(run.id))


def _challenges() -> list[dict[str, str]]:
    """Rewards that wait for a second person, once returns have had their time."""
    ended_by = asked.today() - timedelta(days=1 + settings_of(db(), brand_id=brand_id()).after_sale_days)
    return [_item("warn", gettext("“%(title)s”等确认发奖", title=one.title), gettext("退货期过了，达标的导购在等"), "challenge", gettext("去确认"),
                  challenge_id=str(one.id)) for one in to_confirm(db(), brand_id=brand_id(), ended_by=ended_by, person=actor().ref)]


def _idle() -> list[dict[str, str]]:
    return [_item("warn", gettext("规则 R-%(number)d 永远不会命中", number=row.number), str(rate_words.NEVER[why]), "rule",
                  gettext("修改"), rule_id=str(row.id))
            for row, why in idle_rules(db(), brand_id=brand_id(), now=now())[:3]]


def _exceeding() -> list[dict[str, str]]:
    """Goods that became cheaper than rates and splits allow: their next orders are cut, so somebody must decide. One line a rule or plan."""
    found: dict[object, Overrun] = {}
    for overrun in islice(overruns(db(), brand_id=brand_id(), now=now()), 100):
        found.setdefault(overrun.rule_id or overrun.plan_id, overrun)
    return [{"kind": "warn", "title": gettext("有商品的分账会超出保底"), "text": says(refusal(one, currency=brand().currency)), "verb": gettext("去看"),
             "href": _terms_of(one)} for one in list(found.values())[:3]]


def _terms_of(overrun: Overrun) -> str:
    if overrun.rule_id:
        return url_for("console.rule", rule_id=overrun.rule_id)
    return url_for("console.split", plan_id=overrun.plan_id) if overrun.plan_id else url_for("console.settings")


def _kpis(figures: Sales, span: int) -> list[dict[str, str]]:
    this, before = figures.now, figures.before
    against = gettext("较前 %(days)d 天", days=span)
    rate_now, rate_before = _percent_bp(this.refunded_minor, this.sales_minor), _percent_bp(before.refunded_minor, before.sales_minor)
    after_hours = gettext("较前 %(days)d 天 · 闭店后占 %(share)d%%", days=span, share=half_up(this.after_hours * 100, this.orders)) if this.orders else against
    available = gettext("其中可提现 %(amount)s", amount=priced(figures.available_minor))
    return [
        {"label": gettext("成交额"), "value": money(this.sales_minor), "money": "1", "note": against, **_change(this.sales_minor, before.sales_minor)},
        {"label": ngettext("订单", "订单", 2), "value": f"{this.orders:,}", "note": after_hours, **_change(this.orders, before.orders)},
        {"label": gettext("出单导购"), "value": f"{this.selling_guides:,}", "unit": f"/ {figures.active_guides:,}", "note": against,
         **_change(this.selling_guides, before.selling_guides)},
        {"label": gettext("导购佣金（未打款）"), "value": money(figures.owed_minor), "money": "1", "note": available},
        {"label": gettext("退款率"), "value": f"{rate_now // 100}.{rate_now % 100 // 10}%", "note": against, **_points(rate_now, rate_before)}]


def _points(now_bp: int, before_bp: int) -> dict[str, str]:
    """A share moves by percentage points; more refunds is the bad direction."""
    if now_bp == before_bp:
        return {}
    moved = gettext("%(points)s 个百分点", points=f"{abs(now_bp - before_bp) / 100:.1f}")
    return {"delta": f"{'↑' if now_bp > before_bp else '↓'} {moved}", "mood": "dn" if now_bp > before_bp else "up"}


def _percent_bp(part: int, whole: int) -> int:
    return half_up(part * 10_000, whole) if whole else 0


def _change(this: int, before: int) -> dict[str, str]:
    if not before or this == before:
        return {}
    tenths = half_up(abs(this - before) * 1000, before)
    return {"delta": f"{'↑' if this > before else '↓'} {tenths // 10}.{tenths % 10}%", "mood": "up" if this > before else "dn"}


def _chart(figures: Sales, today: date) -> dict[str, Any]:
    days = [today - timedelta(days=back) for back in range(CHART_DAYS - 1, -1, -1)]
    values = [figures.days.get(one, (0, 0)) for one in days]
    series = [{"name": name, "values": [pair[n] for pair in values], "show": [money(pair[n]) for pair in values]}
              for n, name in enumerate((gettext("营业时间"), gettext("闭店后")))]
    labels = [day(one, "M/d") if not place or one.day == 1 else str(one.day) for place, one in enumerate(days)]
    top = max((sum(pair) for pair in values), default=0)
    large = top >= 4_000_000
    return {"labels": labels, "series": series, "divide": 1_000_000 if large else 100, "suffix": gettext("万") if large else "", "any": top > 0}


def _funnel(figures: Sales) -> list[dict[str, Any]]:
    names = (gettext("已邀请"), gettext("已加入"), gettext("已分享"), gettext("有访客"), gettext("已出单"))
    return [{"label": name, "count": count} for name, count in zip(names, figures.funnel, strict=True)]
