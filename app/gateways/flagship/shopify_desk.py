"""One question or change at a time to Shopify about orders: what its errors mean, and what of them is a doubt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from app.domain.catalog.ports import Answer, FlagshipUnreachable, NeedsAuthorisation
from app.domain.fulfilment.ports import Declined, FlagshipOrder, Unsure
from app.kernel.errors import msgid

from .asking import Call, refuse_status
from .encodings import scrub
from .graphql import FORBIDDEN, code_of, data_of, question
from .retrying import TryAgain
from .shopify_api import ShopifyApi
from .shopify_items import nodes_of
from .shopify_order_queries import LINES, ONE
from .shopify_order_shapes import gid, read_order
from .wire import Fields, fields_of, list_of, text_of
from .writing import InDoubt, attempt, declined, whole

T = TypeVar("T")

AGAIN = frozenset({"IDEMPOTENCY_CONCURRENT_REQUEST", "SERVICE_UNAVAILABLE", "INTERNAL_ERROR", "ADJUST_QUANTITIES_FAILED"})
CODES = {
    "INVENTORY_CLAIM_FAILED": "out_of_stock", "NOT_FOUND": "not_found", "INVALID_INVENTORY_ITEM": "not_found", "PRODUCT_DOES_NOT_EXIST": "not_found",
    "PRODUCT_VARIANT_DOES_NOT_EXIST": "not_found", "INVALID": "bad_request", "PROCESSED_AT_INVALID": "bad_request", "TAX_LINE_RATE_MISSING": "bad_request",
    "IDEMPOTENCY_KEY_PARAMETER_MISMATCH": "bad_request", "INVALID_LOCATION": "bad_request", "ITEM_NOT_STOCKED_AT_LOCATION": "wrong_state",
    "NON_MUTABLE_INVENTORY_ITEM": "wrong_state",
}
ALL_LINES = 100
NO_RIGHT = msgid("旗舰店没有给这份授权所需的权限：%(said)s")


@dataclass(slots=True)
class ShopifyDesk:
    """`fees`: whether fees are asked for; a token that may not read them is asked without from then on."""

    api: ShopifyApi
    fees: bool = True

    def order(self, flagship_order_id: str) -> FlagshipOrder:
        told = self.ask_with_fees(ONE, {"id": gid("Order", flagship_order_id), "lines": ALL_LINES}, lambda data: data.get("order"))
        return read_order(self.with_all_lines(known_order(told)))

    def ask(self, query: str, variables: Mapping[str, Any], read: Callable[[Fields], T]) -> T:
        """A token that lacks a right for orders may still read goods, so its permission has not ended: no NeedsAuthorisation."""
        try:
            return self.api.ask(query, variables, read)
        except NeedsAuthorisation as refused:
            if refused.code != "access_denied":
                raise
            raise FlagshipUnreachable("no_right", NO_RIGHT, said=refused.data.get("said", "")) from None

    def ask_with_fees(self, query: str, variables: Mapping[str, Any], read: Callable[[Fields], T]) -> T:
        try:
            return self.ask(query, {**variables, "fees": self.fees}, read)
        except FlagshipUnreachable as refused:
            if not self.fees or refused.code != "no_right":
                raise
            self.fees = False
        return self.ask(query, {**variables, "fees": False}, read)

    def with_all_lines(self, order: Fields) -> Fields:
        """The lines behind the first page too."""
        page = fields_of(order.get("lineItems"))
        lines = nodes_of(page)
        while (info := fields_of(page.get("pageInfo"))).get("hasNextPage"):
            asked = {"id": order.get("id"), "after": info.get("endCursor")}
            page = self.ask(LINES, asked, lambda data: fields_of(known_order(data.get("order")).get("lineItems")))
            lines += nodes_of(page)
        return {**order, "lineItems": {"nodes": lines}}

    def mutate(self, text: str, variables: Mapping[str, Any], read: Callable[[Fields], T], *, name: str, errors: str = "userErrors",
               repeatable: bool = False) -> T | Declined | Unsure:
        """What `read` makes of the payload of the mutation `name`."""
        def call(secrets: Mapping[str, str]) -> Call:
            return question(self.api.url, text, variables, {"X-Shopify-Access-Token": secrets.get("access_token", "")})

        return attempt(self.api.asking, call, lambda answer: _judged(answer, name, errors, read), repeatable=repeatable)


def known_order(order: object) -> Fields:
    if not isinstance(order, dict):
        raise FlagshipUnreachable("order_unknown", "旗舰店没有这张订单")
    return order


def _judged(answer: Answer, name: str, errors: str, read: Callable[[Fields], T]) -> T | Declined:
    refuse_status(answer)
    document = fields_of(whole(answer))
    _refuse_errors([fields_of(error) for error in list_of(document.get("errors"))], document)
    payload = fields_of(document.get("data")).get(name)
    if not isinstance(payload, dict):
        raise InDoubt(FlagshipUnreachable("broken_answer", "旗舰店的回答不完整或看不懂"))
    wrong = [fields_of(error) for error in list_of(payload.get(errors))]
    if not wrong:
        return read(payload)
    words, codes = scrub("；".join(text_of(error.get("message")) for error in wrong)), [text_of(error.get("code")) for error in wrong]
    if AGAIN & set(codes):
        raise InDoubt(FlagshipUnreachable("graphql_error", "旗舰店回答了错误：%(said)s", said=words[:200]))
    return declined(words, ",".join(filter(None, codes)), next((CODES[code] for code in codes if code in CODES), "other"))


def _refuse_errors(errors: list[Fields], document: Fields) -> None:
    """An error that names a path arose while the change was made, so it may stand; one without was found before (GraphQL, 7.1.2).
    A refusal of the mutation itself is none of these: its path is one step long."""
    if not errors:
        return
    codes = {code_of(error) for error in errors}
    if codes & FORBIDDEN and all(len(list_of(error.get("path"))) <= 1 for error in errors):
        said = scrub("；".join(text_of(error.get("message")) for error in errors))[:200]
        raise FlagshipUnreachable("no_right", NO_RIGHT, said=said)
    doubtful = any(error.get("path") for error in errors) or "INTERNAL_SERVER_ERROR" in codes or "TIMEOUT" in codes
    if "MAX_COST_EXCEEDED" in codes:
        raise FlagshipUnreachable("too_costly", "旗舰店不接受这样大的查询")
    try:
        data_of(document)
    except (TryAgain, FlagshipUnreachable) as wrong:
        if doubtful:
            raise InDoubt(wrong.reason if isinstance(wrong, TryAgain) else wrong) from None
        raise
