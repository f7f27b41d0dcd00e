"""Leagues of the week: who sold how much beside whom, for a scope; places are those of the whole brand."""

from __future__ import annotations

import re

from flask import render_template

from app.domain.insights.leagues import LEAGUE, SORTS, league_list, leagues_page
from app.web.shared.asking import page_number
from app.web.shared.periods import asked_week
from app.web.shared.serving import actor, brand_id, db

from . import asked
from .blueprint import console

CHOSEN = re.compile(r"(new)?([1-9][0-9]{0,4})", re.ASCII)


@console.get("/leagues")
def leagues() -> str:
    actor().require("guides:view")
    week, within, q, sort = asked_week(), actor().within, asked.text("q"), asked.one_of("sort", SORTS) or "place"
    chosen = CHOSEN.fullmatch(asked.text("league"))
    page = leagues_page(db(), brand_id=brand_id(), from_=week.from_, to=week.to, within=within, q=q, fresh=bool(chosen and chosen[1]),
                        league=int(chosen[2]) if chosen else None, sort=sort, number=page_number())
    listed = league_list(db(), brand_id=brand_id(), from_=week.from_, to=week.to, within=within)
    return render_template("console/leagues.html", page=page, leagues=listed, week=week, q=q, sort=sort, league=chosen[0] if chosen else "", most=LEAGUE,
                           top=max((row.net_minor for row in page.items), default=0), most_sold=max((one.net_minor for one in listed), default=0),
                           query={**asked.query(q=q, league=chosen[0] if chosen else "", sort=sort if sort != "place" else ""), **week.query})
