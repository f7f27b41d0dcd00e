"""Settlement (结算) releases what its hold period has ended for; a payout run (打款批次) pays what is available.

A run is drafted, approved by a second person, executed; each ledger entry is in at most one payout (R15).
"""
