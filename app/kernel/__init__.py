"""Knows no business: money, clock, ids, errors, tenancy, paging, sealed secrets."""
