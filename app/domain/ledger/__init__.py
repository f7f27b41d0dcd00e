"""Ledger (台账): append-only double entry. A payee (收款方) holds balances by phase; a transaction moves them.

Phases follow the life of money (R12): estimated 预估 → pending 待结算 → held 冻结 → available 可提现 (→ requested 提现中)
→ in_payout 打款中 → paid 已打款, and withheld 代扣税 for what went to the tax office in her name. The shopper's side is the
`clearing` payee: `expected` until paid, then `received`. Every transaction has a unique cause and its entries sum to zero,
enforced by the database; an undo is a new transaction.
"""
