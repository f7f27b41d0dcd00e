"""The flagship's books beside ours (daily reconciliation): what a flagship and we say of the orders that moved on one day.

A *day* is one source's day in the brand's time zone. A *reading* compares every order of ours that moved on it, there or here, as it
stands at the moment of reading; each compared order leaves *lines*: one for the order, one for what was given back, one for the
flagship's fee. A line with a *cause* is a difference a person looks into, or something the flagship does not tell. A later reading
replaces an earlier one whole; one that breaks off replaces nothing.

Fees are shown, not booked: the flagship takes them from what it pays out to the brand, by its own statement, days later and often
corrected; the ledger books what came and left, and a fee told per order is neither. An alliance's commission is not booked either.
"""
