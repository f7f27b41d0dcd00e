"""`ledger check`: R34 by one pass of SQL per claim; no rows means it holds."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.kernel.db import gather


@dataclass(frozen=True, slots=True)
class Violation:
    """Which claim is broken, and where."""

    rule: str
    text: str


CLAIMS = {
    "transactions sum to zero": """
        SELECT format('transaction %%s sums to %%s', transaction_id, sum(amount_minor)) FROM ledger_entries
        WHERE brand_id = %(brand_id)s GROUP BY transaction_id HAVING sum(amount_minor) <> 0""",
    "postings sum to zero": """
        SELECT format('all postings sum to %%s', sum(amount_minor)) FROM ledger_entries
        WHERE brand_id = %(brand_id)s HAVING sum(amount_minor) <> 0""",
    "shares sum to the base": """
        SELECT format('order line %%s: shares %%s, base %%s', l.id, coalesce(sum(c.amount_minor), 0), l.base_minor)
        FROM order_lines l LEFT JOIN commission_lines c ON c.brand_id = l.brand_id AND c.order_line_id = l.id
        WHERE l.brand_id = %(brand_id)s GROUP BY l.id, l.base_minor HAVING coalesce(sum(c.amount_minor), 0) <> l.base_minor""",
    "what a share is worth is what the ledger says": """
        SELECT format('order line %%s, %%s: posted %%s, frozen %%s', c.order_line_id, c.role, coalesce(sum(e.amount_minor), 0), c.amount_minor)
        FROM commission_lines c
        LEFT JOIN ledger_entries e ON e.brand_id = c.brand_id AND e.order_line_id = c.order_line_id AND e.payee_id = c.payee_id
             AND e.role = c.role AND e.kind = 'placed'
        WHERE c.brand_id = %(brand_id)s GROUP BY c.order_line_id, c.role, c.payee_id, c.amount_minor
        HAVING coalesce(sum(e.amount_minor), 0) <> c.amount_minor""",
    "reversed is at most the original": """
        SELECT format('order line %%s, %%s: %%s left of %%s', c.order_line_id, c.role, sum(e.amount_minor), c.amount_minor)
        FROM commission_lines c JOIN payees y ON y.brand_id = c.brand_id AND y.id = c.payee_id
        JOIN ledger_entries e ON e.brand_id = c.brand_id AND e.order_line_id = c.order_line_id AND e.role = c.role
             AND (e.payee_id = c.payee_id OR y.party = 'fulfilment')
        WHERE c.brand_id = %(brand_id)s GROUP BY c.order_line_id, c.role, c.payee_id, c.amount_minor
        HAVING sum(e.amount_minor) NOT BETWEEN 0 AND c.amount_minor""",
    "a share stands with who holds it": """
        SELECT format('order line %%s, %%s: %%s stands with who holds it no more', c.order_line_id, e.role, sum(e.amount_minor))
        FROM commission_lines c
        JOIN LATERAL (SELECT m.payee_id FROM share_moves m WHERE m.brand_id = c.brand_id AND m.commission_line_id = c.id
                      ORDER BY m.version DESC LIMIT 1) h ON true
        JOIN ledger_entries e ON e.brand_id = c.brand_id AND e.order_line_id = c.order_line_id AND replace(e.role, '_subsidy', '') = c.role
        WHERE c.brand_id = %(brand_id)s AND e.payee_id <> h.payee_id AND e.payee_id IN (
          SELECT c.payee_id UNION SELECT m.payee_id FROM share_moves m WHERE m.brand_id = c.brand_id AND m.commission_line_id = c.id)
        GROUP BY c.order_line_id, e.role, e.payee_id HAVING sum(e.amount_minor) <> 0""",
    "a coupon's funders give what the line says": """
        SELECT format('order line %%s: funded %%s and %%s, line says %%s and %%s', l.id, f.store, f.guide, l.store_discount_minor, l.guide_discount_minor)
        FROM order_lines l JOIN LATERAL (
          SELECT coalesce(sum(c.funded_minor) FILTER (WHERE c.role = 'store'), 0) AS store,
                 coalesce(sum(c.funded_minor) FILTER (WHERE c.role = 'guide'), 0) AS guide, coalesce(sum(c.funded_minor), 0) AS whole
          FROM commission_lines c WHERE c.brand_id = l.brand_id AND c.order_line_id = l.id) f ON true
        WHERE l.brand_id = %(brand_id)s AND (f.store, f.guide, f.whole)
              <> (l.store_discount_minor, l.guide_discount_minor, l.store_discount_minor + l.guide_discount_minor)""",
    "a subsidy is at most what was funded": """
        SELECT format('order line %%s, %%s: %%s left of %%s', e.order_line_id, e.role, -sum(e.amount_minor),
                      coalesce(c.funded_minor, l.platform_discount_minor))
        FROM ledger_entries e JOIN order_lines l ON l.brand_id = e.brand_id AND l.id = e.order_line_id
        LEFT JOIN commission_lines c ON c.brand_id = e.brand_id AND c.order_line_id = l.id AND e.role = c.role || '_subsidy' AND c.role <> 'platform'
             AND e.payee_id IN (SELECT c.payee_id UNION SELECT m.payee_id FROM share_moves m WHERE m.brand_id = c.brand_id AND m.commission_line_id = c.id)
        WHERE e.brand_id = %(brand_id)s AND right(e.role, 8) = '_subsidy'
        GROUP BY e.order_line_id, e.payee_id, e.role, c.funded_minor, l.platform_discount_minor
        HAVING -sum(e.amount_minor) NOT BETWEEN 0 AND coalesce(c.funded_minor, l.platform_discount_minor)""",
    "only open parcels wait for who fulfils": """
        SELECT format('order line %%s: %%s still waits for a shipper', e.order_line_id, sum(e.amount_minor))
        FROM ledger_entries e JOIN payees y ON y.brand_id = e.brand_id AND y.id = e.payee_id AND y.party = 'fulfilment'
        JOIN order_lines l ON l.brand_id = e.brand_id AND l.id = e.order_line_id
        WHERE e.brand_id = %(brand_id)s AND l.received_at IS NOT NULL GROUP BY e.order_line_id HAVING sum(e.amount_minor) <> 0""",
    "no phase owes a share less than nothing": """
        SELECT format('order line %%s, %%s: %%s in %%s', e.order_line_id, e.role, sum(e.amount_minor), e.phase)
        FROM ledger_entries e WHERE e.brand_id = %(brand_id)s AND e.order_line_id IS NOT NULL
        GROUP BY e.order_line_id, e.payee_id, e.role, e.phase
        HAVING sum(e.amount_minor) * (CASE WHEN right(e.role, 8) = '_subsidy' THEN -1 ELSE 1 END) < 0""",
    "refunds are what the lines say": """
        SELECT format('order line %%s: refunds %%s, line says %%s', l.id, coalesce(sum(r.amount_minor), 0), l.refunded_minor)
        FROM order_lines l LEFT JOIN refund_lines r ON r.brand_id = l.brand_id AND r.order_line_id = l.id
        WHERE l.brand_id = %(brand_id)s GROUP BY l.id, l.refunded_minor HAVING coalesce(sum(r.amount_minor), 0) <> l.refunded_minor""",
    "the shopper's money is what the ledger holds": """
        SELECT format('order %%s: ledger %%s, paid less refunded %%s', o.number, coalesce(-sum(e.amount_minor), 0), p.kept)
        FROM orders o
        JOIN LATERAL (SELECT coalesce(sum(amount_minor - refunded_minor) FILTER (WHERE state = 'succeeded'), 0) AS kept
                      FROM payments p WHERE p.brand_id = o.brand_id AND p.order_id = o.id) p ON true
        LEFT JOIN ledger_transactions t ON t.brand_id = o.brand_id AND t.order_id = o.id
        LEFT JOIN ledger_entries e ON e.brand_id = t.brand_id AND e.transaction_id = t.id AND e.phase = 'received'
        WHERE o.brand_id = %(brand_id)s GROUP BY o.id, o.number, p.kept HAVING coalesce(-sum(e.amount_minor), 0) <> p.kept""",
    "a payout is the sum of its entries": """
        SELECT format('payout %%s: entries %%s, amount %%s', p.id, coalesce(sum(e.amount_minor), 0), p.amount_minor)
        FROM payouts p LEFT JOIN payout_entries x ON x.brand_id = p.brand_id AND x.payout_id = p.id
        LEFT JOIN ledger_entries e ON e.brand_id = x.brand_id AND e.id = x.entry_id
        WHERE p.brand_id = %(brand_id)s AND p.state IN ('draft', 'approved', 'sent', 'paid')
        GROUP BY p.id, p.amount_minor HAVING coalesce(sum(e.amount_minor), 0) <> p.amount_minor""",
    "each paid entry is in exactly one payout": """
        SELECT format('payee %%s: %%s on the way and %%s paid, payouts less reversals say %%s and %%s', y.id, e.leaving, e.paid, p.leaving, p.paid - b.back)
        FROM payees y
        JOIN LATERAL (SELECT coalesce(sum(amount_minor) FILTER (WHERE phase = 'in_payout'), 0) AS leaving,
                             coalesce(sum(amount_minor) FILTER (WHERE phase <> 'in_payout'), 0) AS paid FROM ledger_entries
                      WHERE brand_id = y.brand_id AND payee_id = y.id AND phase IN ('in_payout', 'paid', 'withheld')) e ON true
        JOIN LATERAL (SELECT coalesce(sum(amount_minor) FILTER (WHERE state <> 'paid'), 0) AS leaving,
                             coalesce(sum(amount_minor) FILTER (WHERE state = 'paid'), 0) AS paid FROM payouts
                      WHERE brand_id = y.brand_id AND payee_id = y.id AND state IN ('draft', 'approved', 'sent', 'paid')) p ON true
        JOIN LATERAL (SELECT coalesce(sum(v.amount_minor), 0) AS back FROM transfers f
                      JOIN transfer_reversals v ON v.brand_id = f.brand_id AND v.transfer_id = f.id AND v.state = 'done'
                      WHERE f.brand_id = y.brand_id AND f.payee_id = y.id) b ON true
        WHERE y.brand_id = %(brand_id)s AND (e.leaving, e.paid) <> (p.leaving, p.paid - b.back)
        UNION ALL SELECT format('entry %%s is in %%s payouts', entry_id, count(*)) FROM payout_entries
        WHERE brand_id = %(brand_id)s GROUP BY entry_id HAVING count(*) > 1""",
    "a payout by transfer is what was transferred": """
        SELECT format('payout %%s: %%s transferred of %%s', p.id, coalesce(sum(t.amount_minor), 0), p.amount_minor - p.tax_withheld_minor)
        FROM payouts p LEFT JOIN transfers t ON t.brand_id = p.brand_id AND t.payout_id = p.id AND t.state = 'sent'
        WHERE p.brand_id = %(brand_id)s AND p.state = 'paid' AND p.method = 'stripe' GROUP BY p.id, p.amount_minor, p.tax_withheld_minor
        HAVING coalesce(sum(t.amount_minor), 0) <> p.amount_minor - p.tax_withheld_minor""",
    "transfers of a charge are at most what it settled": """
        SELECT format('payment %%s: %%s of %%s transferred, %%s of %%s settled', c.payment_id, sum(t.amount_minor - t.reversed_minor), c.amount_minor,
                      sum(t.settled_minor - t.reversed_settled_minor), c.settled_minor)
        FROM charges c JOIN transfers t ON t.brand_id = c.brand_id AND t.payment_id = c.payment_id AND t.state <> 'refused'
        WHERE c.brand_id = %(brand_id)s GROUP BY c.payment_id, c.amount_minor, c.settled_minor
        HAVING sum(t.amount_minor - t.reversed_minor) > c.amount_minor
            OR sum(t.settled_minor - t.reversed_settled_minor) > coalesce(c.settled_minor, 0)""",
    "tax withheld is what payouts say": """
        SELECT format('payee %%s: withheld %%s, payouts say %%s', y.id, y.moved, y.said)
        FROM (SELECT y.id, (SELECT coalesce(sum(e.amount_minor), 0) FROM ledger_entries e
                            WHERE e.brand_id = y.brand_id AND e.payee_id = y.id AND e.phase = 'withheld') AS moved,
                     (SELECT coalesce(sum(p.tax_withheld_minor), 0) FROM payouts p
                            WHERE p.brand_id = y.brand_id AND p.payee_id = y.id AND p.state = 'paid') AS said
              FROM payees y WHERE y.brand_id = %(brand_id)s) y WHERE y.moved <> y.said""",
    "what is asked for is set aside": """
        SELECT format('payee %%s: set aside %%s, withdrawals ask %%s', y.id, y.aside, y.asked)
        FROM (SELECT y.id, (SELECT coalesce(sum(e.amount_minor), 0) FROM ledger_entries e
                            WHERE e.brand_id = y.brand_id AND e.payee_id = y.id AND e.phase = 'requested') AS aside,
                     (SELECT coalesce(sum(w.amount_minor), 0) FROM withdrawals w
                            WHERE w.brand_id = y.brand_id AND w.payee_id = y.id AND w.state = 'requested') AS asked
              FROM payees y WHERE y.brand_id = %(brand_id)s) y WHERE y.aside <> y.asked""",
    "stock and reservations are not negative": """
        SELECT format('variant %%s: stock %%s, reserved %%s', id, stock, reserved) FROM variants
        WHERE brand_id = %(brand_id)s AND (stock < 0 OR reserved < 0)""",
    "reservations are what open orders hold": """
        SELECT format('variant %%s: reserved %%s, open orders hold %%s', v.id, v.reserved, coalesce(h.held, 0))
        FROM variants v LEFT JOIN (
          SELECT variant_id, sum(pieces) AS held FROM (
            SELECT l.variant_id, greatest(l.quantity - l.refunded_quantity - l.shipped_quantity, 0) AS pieces
            FROM order_lines l JOIN orders o ON o.brand_id = l.brand_id AND o.id = l.order_id
            WHERE l.brand_id = %(brand_id)s AND o.state NOT IN ('cancelled', 'refunded')
            UNION ALL
            SELECT x.exchange_variant_id, x.quantity FROM after_sale_lines x JOIN after_sales a ON a.brand_id = x.brand_id AND a.id = x.after_sale_id
            WHERE x.brand_id = %(brand_id)s AND x.exchange_variant_id IS NOT NULL AND a.state IN ('approved', 'returned')) wanted
          GROUP BY 1) h ON h.variant_id = v.id
        WHERE v.brand_id = %(brand_id)s AND v.reserved <> coalesce(h.held, 0)""",
}


def check_ledger(session: Session, *, brand_id: int) -> list[Violation]:
    """Every broken claim of R34, with the row that breaks it. That no row points at another brand is the schema's."""
    answers = gather(session, *((sql, {"brand_id": brand_id}) for sql in CLAIMS.values()))
    return [Violation(rule, row[0]) for rule, rows in zip(CLAIMS, answers, strict=True) for row in rows]
