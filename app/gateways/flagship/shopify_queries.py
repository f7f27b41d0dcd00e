"""What is asked of Shopify's Admin GraphQL API."""

from __future__ import annotations

VERSION = "2026-01"

VARIANT = """
fragment Variant on ProductVariant {
  id sku barcode price compareAtPrice inventoryQuantity inventoryPolicy
  selectedOptions { name value }
  inventoryItem { tracked measurement { weight { value unit } } }
  media(first: 1) { nodes { ... on MediaImage { id image { url } } } }
}
"""
PRODUCT = """
fragment Product on Product {
  id title descriptionHtml vendor productType status onlineStoreUrl
  category { fullName }
  media(first: $pictures) { nodes { ... on MediaImage { id image { url } } } }
  variants(first: $variants, sortKey: ID) { nodes { ...Variant } pageInfo { hasNextPage endCursor } }
}
""" + VARIANT

SHOP = """
query YundianShop {
  shop { name currencyCode }
  productsCount(limit: null) { count }
  productVariantsCount(limit: null) { count }
}
"""
PRODUCTS = """
query YundianProducts($first: Int!, $after: String, $query: String, $variants: Int!, $pictures: Int!) {
  products(first: $first, after: $after, query: $query, sortKey: ID) {
    nodes { ...Product }
    pageInfo { hasNextPage endCursor }
  }
}
""" + PRODUCT

MORE_VARIANTS = """
query YundianVariants($id: ID!, $first: Int!, $after: String) {
  product(id: $id) {
    variants(first: $first, after: $after, sortKey: ID) { nodes { ...Variant } pageInfo { hasNextPage endCursor } }
  }
}
""" + VARIANT

RUN_BULK = """
mutation YundianBulk($query: String!) {
  bulkOperationRunQuery(query: $query, groupObjects: true) {
    bulkOperation { id }
    userErrors { field message code }
  }
}
"""
BULK_STATE = """
query YundianBulkState($id: ID!) {
  node(id: $id) { ... on BulkOperation { id status errorCode url fileSize objectCount } }
}
"""
BULK = """
{
  products {
    edges { node {
      id title descriptionHtml vendor productType status onlineStoreUrl
      category { fullName }
      media { edges { node { ... on MediaImage { id image { url } } } } }
      variants { edges { node {
        id sku barcode price compareAtPrice inventoryQuantity inventoryPolicy
        selectedOptions { name value }
        inventoryItem { tracked measurement { weight { value unit } } }
      } } }
    } }
  }
}
"""
