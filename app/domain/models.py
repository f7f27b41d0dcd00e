"""Every table, in one place for migrations and tests."""

from app.domain.aftersales import models as aftersales
from app.domain.brands import models as brands
from app.domain.catalog import models as catalog
from app.domain.commission import models as commission
from app.domain.fulfilment import models as fulfilment
from app.domain.guides import models as guides
from app.domain.ledger import models as ledger
from app.domain.orders import models as orders
from app.domain.orgs import models as orgs
from app.domain.people import models as people
from app.domain.promotions import models as promotions
from app.domain.settlement import models as settlement
from app.domain.sharing import models as sharing
from app.domain.splits import models as splits
from app.domain.webhooks import models as webhooks
from app.kernel.db import Base

__all__ = [
    "Base", "aftersales", "brands", "catalog", "commission", "fulfilment", "guides", "ledger", "orders", "orgs", "people",
    "promotions", "settlement", "sharing", "splits", "webhooks",
]
