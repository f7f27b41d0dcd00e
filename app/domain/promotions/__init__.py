"""Coupon (券): an amount off a whole order; its funder (承担方) decides whose money it is (R7)."""
