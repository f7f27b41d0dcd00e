"""京东 (JD): one signed gateway for the brand's shop (POP), the order channel (Kepler, 云交易, CTP) and the alliance (京东联盟).

signing and replies speak its language, reactions says what to do about each of its errors, limits keeps to its rates,
oauth and tokens hold the shop's permission, gateway joins them into one call. Above that: pop (the catalogue, with walking,
wares and items), shop_writes and shop_orders (stock, parcels and orders of the shop), ctp (orders we place there), union.
"""
