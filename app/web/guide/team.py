"""我的团队: whom she brought in herself and what each brought her, where two levels are on (R19); her own invitation, if guides may invite."""

from __future__ import annotations

from flask import g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app.domain.brands.queries import settings_of
from app.domain.guides.inviting import DAYS, USES, invite_recruit, may_invite, open_invitation, take_back
from app.domain.insights.team import team as team_of
from app.kernel.errors import NotFound
from app.web.shared.application import app, now
from app.web.shared.asking import page_number
from app.web.shared.formats import masked_name
from app.web.shared.periods import asked_period, month_of, today
from app.web.shared.qr_picture import qr_picture
from app.web.shared.serving import brand_id, db

from .blueprint import guide

STATUSES = {"active": (_l("在职"), "ok"), "pending": (_l("待审核"), "warn"), "suspended": (_l("已停用"), ""), "left": (_l("已离职"), "")}


@guide.get("/team")
def team() -> str:
    _require_two_levels()
    asked = asked_period()
    month = asked if asked.kind == "month" and asked.first <= today() else month_of(today())
    found = team_of(db(), brand_id=brand_id(), guide_id=g.guide.id, payee_id=g.guide.payee_id, from_=month.from_, to=month.to, number=page_number())
    invite = open_invitation(db(), brand_id=brand_id(), guide_id=g.guide.id, now=now()) if may_invite(db(), brand_id=brand_id()) else None
    url = f"{app().settings.public_url}{url_for('guide.join', code=invite.code)}" if invite else ""
    return render_template("guide/team.html", team=found, month=month, statuses=STATUSES, masked=masked_name, invite=invite, url=url,
                           qr=qr_picture(url) if url else "", may_invite=may_invite(db(), brand_id=brand_id()), uses=USES, days=DAYS,
                           most=max((row.brought_minor for row in found.page.items), default=0))


@guide.post("/team/invite")
def invite_to_team() -> ResponseReturnValue:
    invite_recruit(db(), brand_id=brand_id(), inviter=g.guide, now=now())
    return redirect(url_for("guide.team", _anchor="invite"), 303)


@guide.post("/team/invite/revoke")
def revoke_team_invite() -> ResponseReturnValue:
    _require_two_levels()
    take_back(db(), brand_id=brand_id(), guide_id=g.guide.id, now=now())
    return redirect(url_for("guide.team", _anchor="invite"), 303)


def _require_two_levels() -> None:
    if not settings_of(db(), brand_id=brand_id()).two_levels:
        raise NotFound("page", "team")
