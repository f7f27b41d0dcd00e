"""Console (总部后台): brand HQ."""

from __future__ import annotations

from app.web.shared.application import Application
from app.web.shared.throttling import too_often

from . import accounts as accounts
from . import activate as activate
from . import activities as activities
from . import activity_form as activity_form
from . import after_sale as after_sale
from . import after_sale_form as after_sale_form
from . import after_sales as after_sales
from . import alliance_orders as alliance_orders
from . import attribution_disputes as attribution_disputes
from . import audit as audit
from . import authorise_source as authorise_source
from . import challenges as challenges
from . import chargebacks as chargebacks
from . import conflicts as conflicts
from . import connect_source as connect_source
from . import coupons as coupons
from . import credits as credits
from . import customer_notes as customer_notes
from . import customer_tags as customer_tags
from . import customers as customers
from . import flagship_days as flagship_days
from . import flagship_orders as flagship_orders
from . import groups as groups
from . import guides as guides
from . import holds as holds
from . import home as home
from . import invites as invites
from . import invoices as invoices
from . import kits as kits
from . import leagues as leagues
from . import leaving as leaving
from . import ledger as ledger
from . import margins as margins
from . import my_store as my_store
from . import navigation as navigation
from . import onboarding as onboarding
from . import order_actions as order_actions
from . import order_events as order_events
from . import order_export as order_export
from . import orders as orders
from . import orgs as orgs
from . import payee_accounts as payee_accounts
from . import payees as payees
from . import payment_provider as payment_provider
from . import payout_results as payout_results
from . import payout_settings as payout_settings
from . import payouts as payouts
from . import pins as pins
from . import products as products
from . import provider_days as provider_days
from . import rate_history as rate_history
from . import rate_list as rate_list
from . import rates as rates
from . import reconciliation as reconciliation
from . import refund_page as refund_page
from . import refunding as refunding
from . import refunds as refunds
from . import roster as roster
from . import sends_back as sends_back
from . import settings as settings
from . import settlement as settlement
from . import sign_in as sign_in
from . import source_settings as source_settings
from . import sources as sources
from . import splits as splits
from . import statements as statements
from . import sync_runs as sync_runs
from . import task_form as task_form
from . import tasks as tasks
from . import training as training
from . import withdrawals as withdrawals
from . import write_offs as write_offs
from .blueprint import console

console.register_error_handler(429, too_often)


def install(app: Application) -> None:
    """The surface's URL table: every module above hangs its routes on the blueprint."""
    app.register_blueprint(console)
