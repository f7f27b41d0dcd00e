"""Guide app (导购端): mobile web."""

from __future__ import annotations

from app.web.shared.application import Application
from app.web.shared.throttling import too_often

from . import activate as activate
from . import bank as bank
from . import challenges as challenges
from . import customers as customers
from . import disputes as disputes
from . import earnings as earnings
from . import follow_ups as follow_ups
from . import frame as frame
from . import groups as groups
from . import holds as holds
from . import installing as installing
from . import join as join
from . import leaderboard as leaderboard
from . import links as links
from . import me as me
from . import notices as notices
from . import orders as orders
from . import payee_account as payee_account
from . import payouts as payouts
from . import products as products
from . import shelf as shelf
from . import sign_in as sign_in
from . import statements as statements
from . import tasks as tasks
from . import team as team
from . import today as today
from . import training as training
from . import wechat as wechat
from . import withdrawing as withdrawing
from .blueprint import guide

guide.register_error_handler(429, too_often)


def install(app: Application) -> None:
    """The surface's URL table: every module above hangs its routes on the blueprint."""
    app.register_blueprint(guide)
