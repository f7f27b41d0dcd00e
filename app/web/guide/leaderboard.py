"""排行榜: her league of the week, her place, whom she overtakes next; she may stay out of it."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.guides.actions import list_guide
from app.domain.insights.leagues import LEAGUE, Ranked, ahead, own_league
from app.web.shared.formats import masked_name
from app.web.shared.periods import asked_week
from app.web.shared.serving import brand_id, db

from .blueprint import guide


@guide.get("/leaderboard")
def leaderboard() -> str:
    week = asked_week()
    rows = own_league(db(), brand_id=brand_id(), guide_id=g.guide.id, from_=week.from_, to=week.to)
    found = ahead(rows, g.guide.id)
    return render_template("guide/leaderboard.html", week=week, rows=rows, me=found[0] if found else None, rival=found[1] if found else None,
                           most=LEAGUE, named=_named, top=max((row.net_minor for row in rows), default=0))


@guide.post("/leaderboard")
def leaderboard_post() -> ResponseReturnValue:
    taking_part = request.form.get("part") == "1"
    list_guide(db(), brand_id=brand_id(), guide_id=g.guide.id, listed=taking_part)
    flash(gettext("你已回到排行榜") if taking_part else gettext("你已退出排行榜，别人看不到你，你也只看自己"), "ok")
    return redirect(url_for("guide.leaderboard"), 303)


def _named(row: Ranked) -> str:
    """Colleagues of her store by name, others by the first character."""
    return row.name if row.store_id == g.guide.store_id else masked_name(row.name)
