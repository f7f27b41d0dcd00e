"""Open API /api/v1, storefront API /api/storefront/v1/{brand}, their description and its pages."""

from __future__ import annotations

from app.web.shared.application import Application

from . import (
    activities,
    after_sales,
    alliance_orders,
    attribution_disputes,
    brand_settings,
    challenges,
    chargebacks,
    commission_rules,
    community_groups,
    coupons,
    customers,
    flagship_areas,
    flagship_days,
    flagship_orders,
    guide_import,
    guides,
    invite_codes,
    invoices,
    ledger,
    order_payments,
    order_standings,
    orders,
    org_units,
    payee_accounts,
    payees,
    payout_results,
    products,
    provider_days,
    quotes,
    reconciliation,
    refunds,
    reports,
    sale_holds,
    settlement,
    share_kits,
    share_links,
    shop,
    shop_after_sales,
    shop_sign_in,
    split_plans,
    statement_files,
    sync,
    tasks,
    training,
    webhooks,
    withdrawals,
    write_offs,
)
from .docs import docs
from .storefront import storefront
from .v1 import v1

RESOURCES = (
    activities, after_sales, alliance_orders, attribution_disputes, brand_settings, challenges, chargebacks, commission_rules, community_groups, coupons,
    customers, flagship_areas, flagship_days, flagship_orders, guide_import, guides, invite_codes, invoices, ledger, order_payments, order_standings,
    orders, org_units, payee_accounts, payees, payout_results, products, provider_days, quotes, reconciliation, refunds, reports, sale_holds, settlement,
    share_kits, share_links, shop, shop_after_sales, shop_sign_in, split_plans, statement_files, sync, tasks, training, webhooks, withdrawals, write_offs,
)
"""Each registers its operations on its board when it is imported."""


def install(app: Application) -> None:
    """The surface's URL table: every operation is on one of the two boards."""
    for blueprint in (v1.blueprint, storefront.blueprint, docs):
        app.register_blueprint(blueprint)
