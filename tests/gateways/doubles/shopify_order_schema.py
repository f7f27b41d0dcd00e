"""An excerpt of the schema of Shopify's Admin API (2026-01): orders, parcels, returns, stock, fields of an app's own."""

ORDERS_SDL = """
directive @idempotent(key: String!) on FIELD
extend type Query {
  order(id: ID!): Order
  orders(first: Int, after: String, query: String, sortKey: OrderSortKeys = PROCESSED_AT, reverse: Boolean = false): OrderConnection!
  productVariant(id: ID!): ProductVariant
  nodes(ids: [ID!]!): [Node]!
  return(id: ID!): Return
  returnableFulfillments(orderId: ID!, first: Int): ReturnableFulfillmentConnection!
}
extend type Mutation {
  orderCreate(order: OrderCreateOrderInput!, options: OrderCreateOptionsInput): OrderCreatePayload
  orderMarkAsPaid(input: OrderMarkAsPaidInput!): OrderMarkAsPaidPayload
  orderCancel(orderId: ID!, refundMethod: OrderCancelRefundMethodInput, restock: Boolean!, reason: OrderCancelReason!, notifyCustomer: Boolean = false,
              staffNote: String = null): OrderCancelPayload
  fulfillmentCreate(fulfillment: FulfillmentInput!, message: String): FulfillmentCreatePayload
  inventorySetQuantities(input: InventorySetQuantitiesInput!): InventoryPayload
  inventoryAdjustQuantities(input: InventoryAdjustQuantitiesInput!): InventoryPayload
  productVariantsBulkUpdate(productId: ID!, variants: [ProductVariantsBulkInput!]!): ProductVariantsBulkUpdatePayload
  returnRequest(input: ReturnRequestInput!): ReturnRequestPayload
  metafieldsSet(metafields: [MetafieldsSetInput!]!): MetafieldsSetPayload
}
scalar CurrencyCode
enum OrderSortKeys { CREATED_AT ID PROCESSED_AT UPDATED_AT }
enum OrderCancelReason { CUSTOMER DECLINED FRAUD INVENTORY OTHER STAFF }
enum OrderCreateFinancialStatus { AUTHORIZED EXPIRED PAID PARTIALLY_PAID PARTIALLY_REFUNDED PENDING REFUNDED VOIDED }
enum OrderCreateInputsInventoryBehavior { BYPASS DECREMENT_IGNORING_POLICY DECREMENT_OBEYING_POLICY }
enum OrderTransactionKind { AUTHORIZATION CAPTURE REFUND SALE VOID }
enum OrderTransactionStatus { AWAITING_RESPONSE ERROR FAILURE PENDING SUCCESS UNKNOWN }
enum ReturnReason { COLOR DEFECTIVE NOT_AS_DESCRIBED OTHER SIZE_TOO_LARGE SIZE_TOO_SMALL STYLE UNKNOWN UNWANTED WRONG_ITEM }
input MoneyInput { amount: Decimal! currencyCode: CurrencyCode! }
input MoneyBagInput { shopMoney: MoneyInput! presentmentMoney: MoneyInput }
input MailingAddressInput { address1: String address2: String city: String company: String countryCode: CurrencyCode firstName: String lastName: String
                            phone: String provinceCode: String zip: String }
input OrderCreateLineItemInput { variantId: ID quantity: Int! priceSet: MoneyBagInput title: String sku: String requiresShipping: Boolean }
input OrderCreateShippingLineInput { code: String priceSet: MoneyBagInput! source: String title: String! }
input OrderCreateOrderTransactionInput { amountSet: MoneyBagInput! gateway: String kind: OrderTransactionKind = SALE status: OrderTransactionStatus = SUCCESS }
input OrderCreateOrderInput { currency: CurrencyCode financialStatus: OrderCreateFinancialStatus lineItems: [OrderCreateLineItemInput!] name: String note: String
  shippingAddress: MailingAddressInput shippingLines: [OrderCreateShippingLineInput!] sourceIdentifier: String sourceName: String tags: [String!]
  transactions: [OrderCreateOrderTransactionInput!] }
input OrderCreateOptionsInput { inventoryBehaviour: OrderCreateInputsInventoryBehavior = BYPASS sendReceipt: Boolean = false sendFulfillmentReceipt: Boolean = false }
input OrderMarkAsPaidInput { id: ID! }
input OrderCancelRefundMethodInput { originalPaymentMethodsRefund: Boolean }
input FulfillmentTrackingInput { company: String number: String url: URL }
input FulfillmentOrderLineItemsInput { fulfillmentOrderId: ID! }
input FulfillmentInput { lineItemsByFulfillmentOrder: [FulfillmentOrderLineItemsInput!]! trackingInfo: FulfillmentTrackingInput notifyCustomer: Boolean = false }
input InventoryQuantityInput { inventoryItemId: ID! locationId: ID! quantity: Int! changeFromQuantity: Int compareQuantity: Int }
input InventorySetQuantitiesInput { name: String! reason: String! referenceDocumentUri: String quantities: [InventoryQuantityInput!]! }
input InventoryChangeInput { inventoryItemId: ID! locationId: ID! delta: Int! changeFromQuantity: Int }
input InventoryAdjustQuantitiesInput { name: String! reason: String! referenceDocumentUri: String changes: [InventoryChangeInput!]! }
input ProductVariantsBulkInput { id: ID price: Decimal }
input ReturnRequestLineItemInput { fulfillmentLineItemId: ID! quantity: Int! returnReason: ReturnReason customerNote: String }
input ReturnRequestInput { orderId: ID! returnLineItems: [ReturnRequestLineItemInput!]! }
type UserError { field: [String!] message: String! }
type CodedError { field: [String!] message: String! code: String }
type Job { id: ID! done: Boolean! }
type OrderCreatePayload { order: Order userErrors: [CodedError!]! }
type OrderMarkAsPaidPayload { order: Order userErrors: [UserError!]! }
type OrderCancelPayload { job: Job orderCancelUserErrors: [CodedError!]! }
type FulfillmentCreatePayload { fulfillment: Fulfillment userErrors: [UserError!]! }
type InventoryPayload { userErrors: [CodedError!]! }
type ProductVariantsBulkUpdatePayload { userErrors: [CodedError!]! }
type ReturnRequestPayload { return: Return userErrors: [CodedError!]! }
type MoneyV2 { amount: Decimal! currencyCode: CurrencyCode! }
type MoneyBag { shopMoney: MoneyV2! }
type OrderConnection { nodes: [Order!]! pageInfo: PageInfo! }
type Order { id: ID! sourceIdentifier: String tags: [String!]! createdAt: DateTime! processedAt: DateTime! updatedAt: DateTime! cancelledAt: DateTime
  closedAt: DateTime currencyCode: CurrencyCode! displayFinancialStatus: String displayFulfillmentStatus: String!
  totalPriceSet: MoneyBag! totalShippingPriceSet: MoneyBag! totalDiscountsSet: MoneyBag totalRefundedSet: MoneyBag!
  lineItems(first: Int, after: String): LineItemConnection! fulfillments(first: Int): [Fulfillment!]! transactions(first: Int): [OrderTransaction!]!
  fulfillmentOrders(first: Int): FulfillmentOrderConnection! }
type LineItemConnection { nodes: [LineItem!]! pageInfo: PageInfo! }
type LineItem { quantity: Int! originalUnitPriceSet: MoneyBag! variant: ProductVariant }
type Fulfillment { id: ID! status: String! displayStatus: String createdAt: DateTime! deliveredAt: DateTime trackingInfo(first: Int): [TrackingInfo!]!
  fulfillmentLineItems(first: Int): FulfillmentLineItemConnection! events(first: Int): FulfillmentEventConnection! }
type TrackingInfo { company: String number: String url: URL }
type FulfillmentLineItemConnection { nodes: [FulfillmentLineItem!]! }
type FulfillmentLineItem { id: ID! quantity: Int lineItem: LineItem! }
type FulfillmentEventConnection { nodes: [FulfillmentEvent!]! }
type FulfillmentEvent { status: String! happenedAt: DateTime! message: String }
type FulfillmentOrderConnection { nodes: [FulfillmentOrder!]! }
type FulfillmentOrder { id: ID! status: String! }
type OrderTransaction { kind: String! status: String! processedAt: DateTime fees: [TransactionFee!]! }
type TransactionFee { amount: MoneyV2! }
type ReturnableFulfillmentConnection { nodes: [ReturnableFulfillment!]! }
type ReturnableFulfillment { returnableFulfillmentLineItems(first: Int): ReturnableLineConnection! }
type ReturnableLineConnection { nodes: [ReturnableLine!]! }
type ReturnableLine { quantity: Int! fulfillmentLineItem: FulfillmentLineItem! }
type Return { id: ID! status: String! refunds(first: Int): RefundConnection! }
type RefundConnection { nodes: [Refund!]! }
type Refund { totalRefundedSet: MoneyBag! }
extend type ProductVariant { product: Product! metafield(namespace: String!, key: String!): Metafield }
type Metafield { value: String! compareDigest: String! }
type MetafieldsSetPayload { userErrors: [CodedError!]! }
input MetafieldsSetInput { ownerId: ID! namespace: String key: String! type: String value: String! compareDigest: String }
extend type InventoryItem { id: ID! inventoryLevels(first: Int): InventoryLevelConnection! }
type InventoryLevelConnection { nodes: [InventoryLevel!]! }
type InventoryLevel { location: Location! quantities(names: [String!]!): [InventoryQuantity!]! }
type Location { id: ID! }
type InventoryQuantity { name: String! quantity: Int! }
"""
