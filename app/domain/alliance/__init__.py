"""Alliance (联盟商品池): goods of others that pay a commission when our guides recommend them, and what the alliance owes for it.

Two commissions exclude each other per order line: where the alliance pays, the brand's own guide commission does not. An
order that came through a Yundian is none of the alliance's: JD calls it void (valid code 21), and the guide commission stands.
"""
