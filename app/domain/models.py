"""Every table, in one place for migrations and tests."""

from app.domain.aftersales import models as aftersales
from app.domain.alliance import models as alliance
from app.domain.brands import models as brands
from app.domain.care import models as care
from app.domain.catalog import models as catalog
from app.domain.challenges import models as challenges
from app.domain.commission import models as commission
from app.domain.community import models as community
from app.domain.customers import models as customers
from app.domain.flagship_books import models as flagship_books
from app.domain.fraud import models as fraud
from app.domain.fulfilment import models as fulfilment
from app.domain.guides import models as guides
from app.domain.ledger import models as ledger
from app.domain.notices import models as notices
from app.domain.orders import models as orders
from app.domain.orgs import models as orgs
from app.domain.people import models as people
from app.domain.promotions import models as promotions
from app.domain.provider import models as provider
from app.domain.settlement import models as settlement
from app.domain.sharing import models as sharing
from app.domain.splits import models as splits
from app.domain.tasks import models as tasks
from app.domain.training import models as training
from app.domain.webhooks import models as webhooks
from app.kernel.db import Base

__all__ = [
    "Base", "aftersales", "alliance", "brands", "care", "catalog", "challenges", "commission", "community", "customers",
    "flagship_books", "fraud", "fulfilment", "guides", "ledger", "notices", "orders", "orgs", "people",
    "promotions", "provider", "settlement", "sharing", "splits", "tasks", "training", "webhooks",
]
