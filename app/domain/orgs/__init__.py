"""Org unit (组织): region 大区, dealer 经销商, mall 商场, store 门店, in one tree; a store sells and has guides."""
