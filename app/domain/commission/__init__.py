"""Commission rule (佣金规则): what a sale pays a guide, found by one ordered ladder, first match wins (R3).

A commission line (佣金) is one party's share of one order line, frozen with its rate, rule, version and trace when the
order is placed (R4); it is never edited, only moved and reversed by the ledger.
"""
