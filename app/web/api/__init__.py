"""Open API /api/v1, storefront API /api/storefront/v1/{brand}, their description and its pages."""

from __future__ import annotations

from app.web.shared.application import Application

from . import (
    activities,
    after_sales,
    brand_settings,
    chargebacks,
    commission_rules,
    coupons,
    guide_import,
    guides,
    invite_codes,
    invoices,
    ledger,
    orders,
    org_units,
    payees,
    payout_results,
    products,
    quotes,
    reconciliation,
    reports,
    settlement,
    share_links,
    shop,
    split_plans,
    sync,
    webhooks,
    withdrawals,
    write_offs,
)
from .docs import docs
from .storefront import storefront
from .v1 import v1

RESOURCES = (
    activities, after_sales, brand_settings, chargebacks, commission_rules, coupons, guide_import, guides, invite_codes, invoices, ledger, orders,
    org_units, payees, payout_results, products, quotes, reconciliation, reports, settlement, share_links, shop, split_plans, sync, webhooks,
    withdrawals, write_offs,
)
"""Each registers its operations on its board when it is imported."""


def install(app: Application) -> None:
    """The surface's URL table: every operation is on one of the two boards."""
    for blueprint in (v1.blueprint, storefront.blueprint, docs):
        app.register_blueprint(blueprint)
