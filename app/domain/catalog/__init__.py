"""Product (款) and variant (SKU), from the flagship store or entered by hand; the one-click sync that keeps them true.

A flagship source (旗舰店来源) is where they come from, a sync run (同步) one reading of it, a sync item (逐项交代) what
became of each listed variant (R36). Stock is `stock` as the source last said, minus what is `reserved` by open orders.
"""
