"""A shop that writes its whole catalogue into one Google Merchant feed."""

from __future__ import annotations

from .serving import Asked, Said, ShopDouble


class FeedDouble(ShopDouble):
    def answer(self, asked: Asked) -> Said:
        items = "".join(
            f"<item><g:id>{good.id}</g:id><g:item_group_id>{product.id}</g:item_group_id><g:title>{product.title}</g:title>"
            f"<g:price>{good.price_minor // 100}.{good.price_minor % 100:02} {self.currency}</g:price></item>"
            for product in self.shelf.products.values() for good in product.goods.values())
        return Said(f'<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel>{items}</channel></rss>'.encode(),
                    headers={"Content-Type": "application/xml"})
