"""Community groups of all guides: which earn, which are silent."""

from __future__ import annotations

from flask import render_template

from app.domain.community.rules import EARNS_FROM
from app.domain.insights.communities import SORTS, group_states, groups_page
from app.web.shared.application import now
from app.web.shared.asking import page_number
from app.web.shared.group_words import HEALTH
from app.web.shared.serving import actor, brand_id, db

from . import asked
from .blueprint import console

SORTED = (*SORTS, *(f"-{name}" for name in SORTS))


@console.get("/groups")
def groups() -> str:
    actor().require("guides:view")
    q, state, sort = asked.text("q"), asked.one_of("state", HEALTH), asked.one_of("sort", SORTED) or "-sales"
    page = groups_page(db(), brand_id=brand_id(), within=actor().within, q=q, state=state, sort=sort, number=page_number(), now=now())
    states = group_states(db(), brand_id=brand_id(), within=actor().within, now=now())
    return render_template("console/groups.html", page=page, states=states, health=HEALTH, state=state, q=q, sort=sort, now=now(), mark=EARNS_FROM,
                           query=asked.query(q=q, state=state, sort=sort if sort != "-sales" else ""))
