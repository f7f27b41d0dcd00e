"""What is asked of Shopify about orders and stock, and what is told it (Admin GraphQL API 2026-01).

Checked against shopify.dev and generated clients of its schema: arguments, input fields, error codes, `@idempotent` (remembered for
24 hours) and `changeFromQuantity`. Not verified at a shop: see docs/connectors.md.
"""

from __future__ import annotations

ORDER = """
fragment Order on Order {
  id sourceIdentifier tags createdAt processedAt updatedAt cancelledAt closedAt currencyCode displayFinancialStatus displayFulfillmentStatus
  totalPriceSet { shopMoney { amount } }
  totalShippingPriceSet { shopMoney { amount } }
  totalDiscountsSet { shopMoney { amount } }
  totalRefundedSet { shopMoney { amount } }
  lineItems(first: $lines) { nodes { quantity originalUnitPriceSet { shopMoney { amount } } variant { id } } pageInfo { hasNextPage endCursor } }
  fulfillments(first: 10) { status displayStatus deliveredAt trackingInfo(first: 1) { number } }
  transactions(first: 10) { kind status processedAt fees @include(if: $fees) { amount { amount } } }
}
"""
ONE = "query YundianOrder($id: ID!, $lines: Int!, $fees: Boolean!) { order(id: $id) { ...Order } }" + ORDER
CHANGED = """
query YundianOrders($first: Int!, $after: String, $query: String!, $lines: Int!, $fees: Boolean!) {
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) { nodes { ...Order } pageInfo { hasNextPage endCursor } }
}
""" + ORDER
LINES = """
query YundianLines($id: ID!, $after: String) {
  order(id: $id) {
    lineItems(first: 100, after: $after) {
      nodes { quantity originalUnitPriceSet { shopMoney { amount } } variant { id } } pageInfo { hasNextPage endCursor }
    }
  }
}
"""
FIND = """
query YundianFind($query: String!) {
  searched: orders(first: 10, query: $query) { nodes { id sourceIdentifier } }
  newest: orders(first: 100, sortKey: CREATED_AT, reverse: true) { nodes { id sourceIdentifier } }
}
"""
CREATE = """
mutation YundianCreate($order: OrderCreateOrderInput!, $options: OrderCreateOptionsInput) {
  orderCreate(order: $order, options: $options) { order { id } userErrors { field message code } }
}
"""
PAID = "mutation YundianPaid($input: OrderMarkAsPaidInput!) { orderMarkAsPaid(input: $input) { order { id } userErrors { field message } } }"
CANCEL = """
mutation YundianCancel($orderId: ID!, $refundMethod: OrderCancelRefundMethodInput, $restock: Boolean!, $reason: OrderCancelReason!,
                       $notifyCustomer: Boolean, $staffNote: String) {
  orderCancel(orderId: $orderId, refundMethod: $refundMethod, restock: $restock, reason: $reason, notifyCustomer: $notifyCustomer,
              staffNote: $staffNote) { job { id done } orderCancelUserErrors { field message code } }
}
"""
PARCELS = """
query YundianParcels($id: ID!) {
  order(id: $id) {
    fulfillments(first: 20) {
      status createdAt deliveredAt trackingInfo(first: 5) { company number }
      fulfillmentLineItems(first: 50) { nodes { quantity lineItem { variant { id } } } }
      events(first: 50) { nodes { status happenedAt message } }
    }
  }
}
"""
RETURNABLE = """
query YundianReturnable($id: ID!) {
  returnableFulfillments(orderId: $id, first: 20) {
    nodes { returnableFulfillmentLineItems(first: 50) { nodes { quantity fulfillmentLineItem { id lineItem { variant { id } } } } } }
  }
}
"""
ASK_RETURN = "mutation YundianReturn($input: ReturnRequestInput!) { returnRequest(input: $input) { return { id status } userErrors { field message code } } }"
RETURN = """
query YundianReturnNow($id: ID!) {
  return(id: $id) { status refunds(first: 20) { nodes { totalRefundedSet { shopMoney { amount currencyCode } } } } }
}
"""
SELLABLE = """
query YundianSellable($ids: [ID!]!) {
  nodes(ids: $ids) { ... on ProductVariant { id inventoryQuantity inventoryPolicy inventoryItem { tracked } product { status } } }
}
"""
STOCK = """
query YundianStock($id: ID!) {
  productVariant(id: $id) {
    product { id }
    metafield(namespace: "$app:yundian", key: "stock_keys") { value compareDigest }
    inventoryItem { id tracked inventoryLevels(first: 20) { nodes { location { id } quantities(names: ["available"]) { name quantity } } } }
  }
}
"""
SET_STOCK = """
mutation YundianSetStock($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) { userErrors { field message code } }
}
"""
CHANGE_STOCK = """
mutation YundianChangeStock($input: InventoryAdjustQuantitiesInput!, $key: String!) {
  inventoryAdjustQuantities(input: $input) @idempotent(key: $key) { userErrors { field message code } }
}
"""
CURRENCY = "query YundianCurrency { shop { currencyCode } }"
SET_FIELD = "mutation YundianSetField($metafields: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $metafields) { userErrors { field message code } } }"
SET_PRICE = """
mutation YundianSetPrice($productId: ID!, $variants: [ProductVariantsBulkInput!]!) {
  productVariantsBulkUpdate(productId: $productId, variants: $variants) { userErrors { field message code } }
}
"""
TO_SHIP = "query YundianToShip($id: ID!) { order(id: $id) { fulfillmentOrders(first: 50) { nodes { id status } } } }"
SHIP = """
mutation YundianShip($fulfillment: FulfillmentInput!) {
  fulfillmentCreate(fulfillment: $fulfillment) { fulfillment { id } userErrors { field message } }
}
"""
