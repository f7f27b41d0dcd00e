"""The parameters that each call takes: those the house uses, and a few beside them, as 2026-10-28.endive types them."""

from __future__ import annotations

from typing import Any

from .reading import METADATA

Shape = dict[str, Any]
LOCALES = frozenset({"auto", "en", "en-GB", "zh", "zh-HK", "zh-TW", "de", "es", "fr", "it", "ja", "ko", "th", "vi"})
EXPAND: Shape = {"expand": [str]}
SPAN: Shape = {"created": {"gt": int, "gte": int, "lt": int, "lte": int}}
PAGE: Shape = {"limit": int, "starting_after": str, "ending_before": str, **EXPAND}

LINE: Shape = {"quantity": int, "price_data!": {"currency!": str, "unit_amount!": int, "product_data!": {"name!": str, "description": str, "metadata": METADATA}}}
SESSION: Shape = {
    "mode!": {"payment"}, "success_url!": str, "cancel_url": str, "expires_at": int, "client_reference_id": str, "customer_email": str,
    "locale": LOCALES, "allowed_payment_method_types": [str], "payment_method_options": {"wechat_pay": {"client!": {"web", "android", "ios"}, "app_id": str}},
    "line_items!": [LINE], "metadata": METADATA, "payment_intent_data": {"transfer_group": str, "description": str, "metadata": METADATA}, **EXPAND}
REFUND: Shape = {"payment_intent!": str, "amount": int, "reason": {"duplicate", "fraudulent", "requested_by_customer"}, "metadata": METADATA, **EXPAND}
TRANSFER: Shape = {"amount": int, "currency!": str, "destination!": str, "source_transaction": str, "transfer_group": str, "description": str,
                   "metadata": METADATA, **EXPAND}
REVERSAL: Shape = {"amount": int, "description": str, "metadata": METADATA, **EXPAND}
EVIDENCE: Shape = dict.fromkeys(("access_activity_log", "billing_address", "cancellation_policy_disclosure", "cancellation_rebuttal", "customer_email_address", "customer_name", "customer_purchase_ip", "duplicate_charge_explanation", "duplicate_charge_id", "product_description", "refund_policy_disclosure", "refund_refusal_explanation", "service_date", "shipping_address", "shipping_carrier", "shipping_date", "shipping_tracking_number", "uncategorized_text"), str)
"""The texts; files are not handed in by the house."""
DISPUTE: Shape = {"evidence": EVIDENCE, "submit": bool, "metadata": METADATA, **EXPAND}

ACCOUNT: Shape = {
    "contact_email": str, "display_name": str, "dashboard": {"express", "full", "none"}, "identity": {"country!": str},
    "defaults": {"responsibilities": {"fees_collector!": {"application", "stripe"}, "losses_collector!": {"application", "stripe"}}},
    "configuration": {"recipient": {"capabilities": {"stripe_balance": {"stripe_transfers": {"requested!": bool}}}}},
    "include": [{"configuration.recipient", "requirements", "identity", "defaults"}], "metadata": METADATA}
INCLUDE: Shape = {"include": ACCOUNT["include"]}
MARKED: Shape = {"metadata!": METADATA, **EXPAND}
LINK: Shape = {"account!": str, "use_case!": {"type!": {"account_onboarding"}, "account_onboarding!": {"return_url": str, "refresh_url!": str}}}

REFUNDS: Shape = {"payment_intent": str, "charge": str, **SPAN, **PAGE}
TRANSFERS: Shape = {"transfer_group": str, "destination": str, **SPAN, **PAGE}
DISPUTES: Shape = {"payment_intent": str, "charge": str, **SPAN, **PAGE}
EVENTS: Shape = {"types": [str], "type": str, **SPAN, **PAGE}
MOVEMENTS: Shape = {"type": str, "source": str, "currency": str, "payout": str, **SPAN, **PAGE}
