"""Challenges: rewards for sales with a capped budget; one makes it, another confirms who is paid."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, StringField, TextAreaField

from app.domain.brands.queries import settings_of
from app.domain.challenges.actions import add_challenge, cancel_challenge
from app.domain.challenges.models import Challenge
from app.domain.challenges.queries import SORTS, challenge_of, challenges_page, rewards_of
from app.domain.challenges.rules import pays_from, places, stands, winners
from app.domain.insights.challenge_standings import standings
from app.domain.orgs.queries import tree
from app.flows.pay_challenge import pay_challenge
from app.kernel import money
from app.kernel.errors import NotFound, Refused
from app.kernel.ids import parse_id
from app.kernel.paging import paged
from app.web.shared import challenge_words as words
from app.web.shared.application import now
from app.web.shared.asking import options, page_number, tell, whole
from app.web.shared.errors import says
from app.web.shared.serving import actor, brand, brand_id, db

from . import asked
from .blueprint import console
from .rehearsal import all_or_nothing
from .task_form import DATE, day_of

SORTED = (*SORTS, *(f"-{name}" for name in SORTS))


class ChallengeForm(FlaskForm):
    title = StringField(_l("标题"), render_kw={"maxlength": 60})
    what = TextAreaField(_l("说明"), render_kw={"rows": 3, "maxlength": 500})
    org_unit_id = SelectField(_l("哪些门店"), validate_choice=False)
    goal_kind = RadioField(_l("目标"), choices=options(words.GOALS.items()), default="orders", validate_choice=False)
    goal = StringField(_l("目标数"), render_kw={"inputmode": "decimal", "maxlength": 20})
    reward = StringField(_l("每人奖励"), render_kw={"inputmode": "decimal", "maxlength": 20})
    budget = StringField(_l("预算上限"), render_kw={"inputmode": "decimal", "maxlength": 20})
    from_day = StringField(_l("从哪天起"), render_kw=DATE)
    to_day = StringField(_l("到哪天为止"), render_kw=DATE)


@console.get("/challenges")
def challenges() -> str:
    _require("guides:view")
    q, state, sort = asked.text("q"), asked.one_of("state", words.STANDS), asked.one_of("sort", SORTED) or "-from"
    page = challenges_page(db(), brand_id=brand_id(), today=asked.today(), q=q, stands=state, sort=sort, number=page_number())
    return render_template("console/challenges.html", page=page, q=q, state=state, sort=sort, stands=words.STANDS, stands_of=_stands, goal=words.goal,
                           places=places, may_edit=actor().may("guides:edit"), query=asked.query(q=q, state=state, sort=sort if sort != "-from" else ""))


@console.route("/challenges/new", methods=["GET", "POST"])
def new_challenge() -> ResponseReturnValue:
    _require("guides:edit")
    form = ChallengeForm()
    if not form.is_submitted():
        form.from_day.data = asked.today().isoformat()
        return _form(form)
    try:
        with all_or_nothing():
            made = add_challenge(db(), brand_id=brand_id(), today=asked.today(), **_typed(form))
    except Refused as refused:
        tell(form, refused)
        return _form(form), 422
    flash(gettext("“%(title)s”已建好，导购在自己的手机上看得到进度。", title=made.title), "ok")
    return redirect(url_for("console.challenge", challenge_id=made.id), 303)


@console.get("/challenges/<challenge_id>")
def challenge(challenge_id: str) -> str:
    _require("guides:view")
    found = challenge_of(db(), brand_id=brand_id(), challenge_id=parse_id(challenge_id, "challenge"))
    rows = standings(db(), brand_id=brand_id(), challenge=found, timezone=brand().timezone)
    rewards = rewards_of(db(), brand_id=brand_id(), challenge_id=found.id)
    there = winners([row.standing for row in rows], reward_minor=found.reward_minor, budget_minor=found.budget_minor)
    won = {one.guide_id for one in (rewards if found.state == "paid" else there)}
    ready = pays_from(found.to_day, after_sale_days=settings_of(db(), brand_id=brand_id()).after_sale_days, timezone=brand().timezone)
    return render_template("console/challenge.html", challenge=found, state=_stands(found), stands=words.STANDS, goal=words.goal(found), amount=words.amount,
                           page=paged(rows, number=page_number()), won=won, places=places(found.reward_minor, found.budget_minor), ready=ready,
                           rewards=rewards, over=now() >= ready,
                           mine=found.created_by_id == actor().ref, may_pay=actor().may("money:approve"), may_edit=actor().may("guides:edit"))


@console.post("/challenges/<challenge_id>/pay")
def pay_challenge_now(challenge_id: str) -> ResponseReturnValue:
    _require("money:approve")
    key = parse_id(challenge_id, "challenge")
    try:
        with all_or_nothing():
            paid = pay_challenge(db(), brand_id=brand_id(), challenge_id=key, now=now())
        count = paid.rewarded_minor // paid.reward_minor
        flash(ngettext("已发奖，%(num)d 人到账", "已发奖，%(num)d 人到账", count), "ok")
    except Refused as refused:
        flash(says(refused), "bad")
    return redirect(url_for("console.challenge", challenge_id=key), 303)


@console.post("/challenges/<challenge_id>/cancel")
def stop_challenge(challenge_id: str) -> ResponseReturnValue:
    _require("guides:edit")
    key = parse_id(challenge_id, "challenge")
    try:
        cancel_challenge(db(), brand_id=brand_id(), challenge_id=key, now=now(), today=asked.today())
        flash(gettext("已取消"), "ok")
    except Refused as refused:
        flash(says(refused), "bad")
    return redirect(url_for("console.challenge", challenge_id=key), 303)


def _require(permission: str) -> None:
    """The brand's money: headquarters only."""
    actor().require(permission)
    if actor().within is not None:
        raise NotFound("page", permission)


def _stands(one: Challenge) -> str:
    return stands(state=one.state, from_day=one.from_day, to_day=one.to_day, today=asked.today())


def _typed(form: ChallengeForm) -> dict[str, Any]:
    kind, currency = form.goal_kind.data or "", brand().currency
    goal = money.parse(form.goal.data or "", currency, field="goal") if kind == "sales" else whole(form.goal.data, field="goal")
    return {"title": form.title.data or "", "what": form.what.data or "", "goal_kind": kind, "goal": goal, "from_day": day_of(form.from_day),
            "to_day": day_of(form.to_day), "org_unit_id": parse_id(form.org_unit_id.data, "org_unit") if form.org_unit_id.data else None,
            **{f"{name}_minor": money.parse(form._fields[name].data or "", currency, field=name) for name in ("reward", "budget")}}


def _form(form: ChallengeForm) -> str:
    units = [(row.unit.id, "　" * row.depth + row.unit.name) for row in tree(db(), brand_id=brand_id()) if row.unit.status == "open"]
    form.org_unit_id.choices = options([("", gettext("全品牌")), *units])
    return render_template("console/challenge_form.html", form=form)
