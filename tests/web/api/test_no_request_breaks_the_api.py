"""Generated requests over the whole description: never a 5xx, and every answer is what the description says."""

from __future__ import annotations

from collections import Counter

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

from tests.builders.callers import a_shopper_token
from tests.builders.everything import everything

EXAMPLES = 6
RESOURCES = {
    "flagship-sources": "flagship_source", "ignored-listings": "ignored_listing", "sync-runs": "sync_run", "variants": "variant", "org-units": "org_unit", "guides": "guide",
    "invite-codes": "invite_code", "commission-rules": "commission_rule", "split-plans": "split_plan", "orders": "order", "customers": "customer",
    "ledger": "ledger_transaction", "settlement-runs": "settlement_run", "payout-runs": "payout_run", "payees": "payee", "coupons": "coupon", "share-kits": "share_kit",
    "withdrawals": "withdrawal", "invoices": "invoice", "activities": "activity", "reconciliation-runs": "reconciliation_run", "flagship-days": "flagship_day", "provider-days": "provider_day", "alliance-orders": "alliance_order", "flagship-orders": "order_push",
    "tasks": "task_template", "challenges": "challenge", "training-cards": "training_card", "webhook-endpoints": "webhook_endpoint", "after-sales": "after_sale", "chargebacks": "chargeback", "refunds": "refund", "write-offs": "write_off",
}


def test_it(app, api, clock):
    """Every operation; ids are filled with rows that exist, so that requests get past the door."""
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", app)
    rows = everything(app, api, clock)
    told = {**rows, "number": rows["order_number"], "code": rows["share_code"], "delivery_id": rows["webhook_delivery"], "payout_id": rows["payout"],
            "item_id": rows["sync_item"], "line_id": rows["flagship_day_line"], "after_sale_id": rows["after_sale"]}
    seen: Counter[int] = Counter()
    for found in schema.get_all_operations():
        operation = found.ok()
        shopper = operation.path.startswith("/api/storefront/")
        _try(operation, a_shopper_token(app.database, api.brand, "+8613912345678", app.clock()) if shopper else api.token, told, seen)
    assert seen[200] + seen[201] + seen[202] > 150 and seen[404] and seen[422], seen


def _try(operation, token, told, seen):
    @settings(max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate], derandomize=True,
              suppress_health_check=list(HealthCheck))
    def run(case):
        kind = RESOURCES.get(operation.path.split("/")[3], "product")
        case.path_parameters = {name: told[kind if name == "id" else name] for name in case.path_parameters or {}}
        response = case.call(headers={"Authorization": f"Bearer {token}"})
        seen[response.status_code] += 1
        case.validate_response(response, checks=[not_a_server_error, response_schema_conformance])

    strategy = operation.as_strategy()
    given(case=strategy)(run)()
