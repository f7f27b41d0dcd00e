"""Coupon (券): an amount off a whole order; its funder (承担方) decides whose money it is (R7).

Activity (活动): some goods at a price of their own for a while; a link-only price shows only to who comes by a share link.
"""
