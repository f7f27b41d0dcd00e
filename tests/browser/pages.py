"""Every page of every surface as an address: `{name}` is filled with the id of a row that is there."""

from __future__ import annotations

SIGNED_OUT = (
    "/console/sign-in", "/guide/sign-in", "/platform/sign-in", "/platform/apply", "/platform/applied",
    "/guide/join", "/guide/join/{invite_code_text}", "/guide/offline/zh", "/console/activate/{account_token}", "/guide/activate/{guide_token}",
)
STOREFRONT = ("/b/{slug}", "/b/{slug}/p/{product}", "/b/{slug}/bag", "/s/{share_code}", "/s/{activity_code}", "/s/{share_code}/shop", "/s/{share_code}/p/{product}",
              "/b/{slug}/checkout?share={share_code}&v={variant}&q=2", "/b/{slug}/orders/{order_number}?token={order_token}",
              "/b/{slug}/orders/{order_number}/after-sale?token={order_token}",
              "/b/{slug}/orders/{order_number}/after-sale?token={order_token}&kind=return_refund",
              "/b/{slug}/pay/{payment}?token={unpaid_token}", "/b/{slug}/sign-in")
SHOPPER = ("/b/{slug}/mine",)
ASKED = ("/b/{slug}/sign-in/code", "/b/{slug}/sandbox/texts")
"""Of a shopper who is signed in, and of one who has asked for a code."""
CONSOLE_LISTS = (
    "/console/", "/console/accounts", "/console/accounts/new", "/console/audit", "/console/activities", "/console/activities/new", "/console/attribution-disputes", "/console/holds", "/console/holds/sums", "/console/holds/signals", "/console/coupons",
    "/console/coupons/new", "/console/pins", "/console/kits", "/console/kits/new", "/console/forbidden-words", "/console/credits", "/console/flagship-orders", "/console/flagship-orders?tab=stock", "/console/guides", "/console/margins", "/console/margins?by=guide", "/console/rates/history",
    "/console/reconciliation", "/console/flagship-days", "/console/provider-days", "/console/alliance-orders", "/console/sources/conflicts", "/console/sources/new?kind=jd", "/console/sources/new?kind=merchant_feed",
    "/console/groups", "/console/customers", "/console/customers/tags", "/console/tasks", "/console/challenges", "/console/challenges/new", "/console/tasks/new", "/console/my-store", "/console/leagues", "/console/training", "/console/training/new", "/console/guides/new", "/console/guides/roster", "/console/guides/waiting", "/console/invites", "/console/invites/new", "/console/ledger",
    "/console/ledger/accounts", "/console/ledger/check", "/console/orders", "/console/orgs", "/console/orgs/new", "/console/orgs/tree",
    "/console/password", "/console/payment-provider", "/console/payees", "/console/payouts", "/console/payouts/settings", "/console/withdrawals",
    "/console/invoices", "/console/products", "/console/products/new", "/console/rates", "/console/rates/new",
    "/console/after-sales", "/console/after-sales/refunds", "/console/after-sales/chargebacks", "/console/payouts/debts",
    "/console/payouts/write-offs", "/console/settings", "/console/settlement", "/console/sources", "/console/sources/new", "/console/splits",
    "/console/splits/new", "/console/statements")
CONSOLE_ROWS = (
    "/console/pins?unit={org_unit}",
    "/console/kits/{share_kit}", "/console/challenges/{challenge}", "/console/tasks/{task_template}", "/console/tasks/{task_template}/guides", "/console/tasks/{task_template}/edit",
    "/console/training/{training_card}", "/console/training/{training_card}/edit",
    "/console/accounts/{account}", "/console/reconciliation/{reconciliation_run}", "/console/flagship-days/{flagship_day}", "/console/provider-days/{provider_day}", "/console/orders/{order}/events", "/console/activities/{activity}", "/console/activities/{activity}/edit", "/console/guides/{guide}", "/console/guides/{guide}/edit", "/console/guides/{guide}/leave", "/console/customers/{customer}", "/console/invites/{invite_code}",
    "/console/orders/{order}", "/console/orders?order={order}", "/console/orders/{order}/refund",
    "/console/orders/{order}/after-sale", "/console/orders/{order}/chargeback", "/console/after-sales/{after_sale}", "/console/attribution-disputes/{attribution_dispute}", "/console/holds/{sale_hold}", "/console/after-sales/chargebacks/{chargeback}", "/console/after-sales/refunds/{refund}", "/console/orders/{paid_order}/ship",
    "/console/orgs/{org_unit}", "/console/orgs/{org_unit}/edit", "/console/payees/{payee}", "/console/payouts/{payout_run}",
    "/console/payouts/{payout_run}/results",
    "/console/products/{product}", "/console/variants/{variant}", "/console/rates/{commission_rule}", "/console/splits/{split_plan}",
    "/console/sources/{flagship_source}", "/console/sources/runs/{sync_run}", "/console/statements/{payee}")
GUIDE_LISTS = ("/guide/", "/guide/leaderboard", "/guide/training", "/guide/training?passed=1", "/guide/disputes", "/guide/holds", "/guide/products", "/guide/links", "/guide/links?show=lost", "/guide/shop", "/guide/shelf", "/guide/orders", "/guide/earnings", "/guide/statements", "/guide/withdraw", "/guide/bank",
               "/guide/payouts", "/guide/me", "/guide/notices", "/guide/notices/settings", "/guide/notices/wechat/played", "/guide/notices/wechat/played?state=s", "/guide/groups", "/guide/customers", "/guide/follow-ups", "/guide/groups/new", "/guide/tasks", "/guide/challenges", "/guide/tasks?state=done", "/guide/password")
GUIDE_ROWS = ("/guide/team", "/guide/tasks/{task_assignment}", "/guide/products/{product}", "/guide/activities/{activity}", "/guide/training/{training_card}", "/guide/training/{training_card}?said=1", "/guide/products/{product}?layout=price", "/guide/groups/{community_group}", "/guide/groups/{community_group}/edit", "/guide/customers/{customer}", "/guide/orders/{order}", "/guide/holds/{sale_hold}", "/guide/earnings?state=avail", "/guide/earnings?state=way", "/guide/earnings?state=paid", "/guide/statements/{month}",
              "/guide/payouts/{payout}")
WAITING = ("/guide/waiting",)
PLATFORM = ("/platform/messages", "/platform/payments", "/platform/payments/events", "/platform/payments/strays", "/platform/brands", "/platform/brands/new", "/platform/brands/{brand}", "/platform/brands/{brand}/fees")
EVERYBODY = ("/api/docs", "/api/problems/out_of_stock")
ALL = (*SIGNED_OUT, *STOREFRONT, *SHOPPER, *ASKED, *CONSOLE_LISTS, *CONSOLE_ROWS, *GUIDE_LISTS, *GUIDE_ROWS, *WAITING, *PLATFORM, *EVERYBODY)

NOT_PAGES = frozenset({
    "guide.wechat_back", "console.task_csv", "console.task_photo", "guide.task_photo",
    "static", "media", "front", "health.alive", "health.ready", "health.metrics", "platform.index", "storefront.theme", "storefront.poster",
    "storefront.qr", "storefront.touch_pixel", "storefront.wechat_config", "storefront.here", "guide.poster", "guide.manifest", "guide.app_icon", "guide.worker", "guide.statement_csv", "console.export_orders_csv", "console.export_customers_csv", "console.export_sync_items",
    "console.authorise_source", "console.source_authorised", "console.payout_csv", "console.source_template", "console.areas_csv", "console.statement_csv", "console.sync_run_live",
    "console.credits_csv", "console.margins_csv", "console.reconciliation_csv", "console.flagship_day_csv", "console.provider_day_csv", "console.statement_paper", "guide.statement_pdf",
    "storefront.paid", "console.payee_account", "console.onboarding", "console.onboarding_again", "console.onboarding_back", "guide.bank_account_again", "guide.bank_account_back"})
"""Files, redirects, parts of pages and what machines read; the last line is there only with Stripe (tests/stripe)."""
