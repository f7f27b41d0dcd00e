"""Order (订单): what a shopper bought through a link, with price, coupons, shares and attribution frozen per line.

A payment (付款) is asked of a provider, a refund (退款) gives back per line. The attribution decision (归因) keeps
winner, losers and reason (R8, R10).
"""
