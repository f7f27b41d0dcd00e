"""How products, variants, sources and sync runs look."""

from __future__ import annotations

from app.domain.catalog.rules import OUTCOMES
from app.domain.fulfilment.rules import SENDING_BACK

from .fields import Amount, Choice, Flag, Number, Ref, Text, When, Whole
from .shapes import Anything, Currency, Free, Listed, Nest, Paging, Shape, Table

STATUSES = ("published", "unpublished")
ORIGINS = ("flagship", "offline")
RUN_STATES = ("queued", "running", "previewed", "succeeded", "partial", "failed", "cancelled", "undone")
COUNTS = ("created", "updated", "unchanged", "removed", "skipped", "failed", "conflicts")
MAX_STOCK = 1_000_000_000


class VariantOut(Shape):
    id = Ref("variant")
    product_id = Ref("product")
    sku = Text(120)
    barcode = Text(40)
    external_id = Text(200, metadata={"description": "The flagship's id; empty for one entered by hand."})
    options = Table()
    price = Amount(attribute="price_minor")
    list_price = Amount(attribute="list_price_minor", allow_none=True)
    currency = Currency()
    stock = Whole(metadata={"description": "As the source last said."})
    reserved = Whole(metadata={"description": "Held by open orders; sellable is stock − reserved, while it is not `stale`."})
    stale = Flag(metadata={"description": "Its stock has not been confirmed for longer than `stock_ttl_hours`, so it is not sold until it is."})
    commissionable = Flag()
    status = Choice(*STATUSES)
    updated_at = When()


class ProductOut(Shape):
    id = Ref("product")
    origin = Choice(*ORIGINS)
    external_id = Text(200)
    name = Text(300, attribute="title")
    name_en = Text(300, attribute="title_en")
    description = Text(100_000)
    category = Text(200)
    vendor = Text(120)
    status = Choice(*STATUSES)
    owners = Free(metadata={"description": "Who owns a field other than its source: brand or locked."})
    gone = Flag(metadata={"description": "The flagship no longer lists it."})
    substitute_id = Ref("product", allow_none=True, metadata={"description": "What its links lead on to once it cannot be bought; null: found by itself."})
    variants = Listed(Nest(VariantOut), most=10_000)
    images = Listed(Text(2000))
    created_at = When()
    updated_at = When()


class NewVariant(Shape):
    sku = Text(120, load_default="", metadata={"examples": ["CASE-20-BLUE"]})
    barcode = Text(40, load_default="")
    price = Amount(1, required=True)
    list_price = Amount(1, load_default=None, allow_none=True)
    stock = Whole(0, MAX_STOCK, load_default=0, metadata={"examples": [50]})
    options = Table(most=5, longest=100, load_default=dict, metadata={"examples": [{"颜色": "雾蓝"}]})


class NewProduct(Shape):
    name = Text(300, least=1, required=True, metadata={"examples": ["登机箱 20 寸"]})
    description = Text(100_000, load_default="")
    category = Text(200, load_default="", metadata={"examples": ["箱包 > 登机箱"]})
    status = Choice(*STATUSES, load_default="published")
    variants = Listed(Nest(NewVariant), least=1, most=200, required=True)


class ProductChange(Shape):
    name = Text(300, least=1)
    name_en = Text(300)
    description = Text(100_000)
    category = Text(200)
    vendor = Text(120)
    status = Choice(*STATUSES)
    substitute_id = Ref("product", allow_none=True)


class VariantChange(Shape):
    status = Choice(*STATUSES)
    commissionable = Flag()
    sku = Text(120)
    barcode = Text(40)
    price = Amount(1)
    list_price = Amount(1, allow_none=True)
    stock = Whole(0, MAX_STOCK)


class ProductQuery(Paging):
    q = Text(100, load_default="", metadata={"description": "In name and SKU; a whole barcode or, of variants, external id."})
    status = Choice(*STATUSES, load_default=None)
    origin = Choice(*ORIGINS, load_default=None)
    updated_since = When(load_default=None)


class VariantQuery(ProductQuery):
    product_id = Ref("product", load_default=None)


class SourceWarning(Shape):
    code = Choice("areas_empty")
    message = Text(400)


class SourceOut(Shape):
    id = Ref("flagship source")
    kind = Text(20)
    name = Text(80)
    settings = Free(metadata={"description": "Without secrets; an upload shows its name and size."})
    secrets = Listed(Text(40), most=40, metadata={"description": "The names of those at rest; never their values."})
    status = Choice("active", "needs_authorisation", "removed")
    changes_minutes = Whole(5, 10080, allow_none=True, metadata={"description": "Changes are read by themselves every so many minutes."})
    full_hour = Whole(0, 23, allow_none=True, metadata={"description": "Everything is read by itself daily, in this hour of the brand's day."})
    sends_back = Choice(*SENDING_BACK, metadata={"description": "What of our sales goes back: orders it ships, or only its stock."})
    areas = Whole(allow_none=True, metadata={"description": "Places known by its own ids; null for a flagship that takes addresses as they are."})
    warnings = Listed(Nest(SourceWarning), most=1, metadata={"description": "What will go wrong if nobody does anything about it."})
    webhook_url = Text(300, metadata={"description": "Where the shop's webhooks go, if the kind has them."})
    read_at = When(allow_none=True, metadata={"description": "When the last reading that was written whole began."})
    confirmed_at = When(allow_none=True, metadata={"description": "As of when its stock is confirmed, but for variants a reading could not take in."})
    last_synced_at = When(allow_none=True)
    created_at = When()


class NewSource(Shape):
    kind = Text(20, least=1, required=True, metadata={"examples": ["merchant_feed"]})
    name = Text(80, least=1, required=True, metadata={"examples": ["旗舰店"]})
    settings = Free(required=True, metadata={
        "description": "By kind: `merchant_feed` {url} or {content}; `spreadsheet` {content}; `jd` {gateway_url, app_key, app_secret, access_token, "
                       "refresh_token}; `shopify` {endpoint, access_token}; `woocommerce` {base_url, consumer_key, consumer_secret}; `graphql` "
                       "{endpoint, headers, query, mapping, token}. Secrets are sealed and never returned.",
        "examples": [{"url": "https://shop.example.com/feed.xml"}]})


class SourceChange(Shape):
    name = Text(80, least=1)
    settings = Free(metadata={"description": "Those named change; a blank secret stays. A new address asks for the secrets again."})
    changes_minutes = Whole(5, 10080, allow_none=True)
    full_hour = Whole(0, 23, allow_none=True)
    sends_back = Choice(*SENDING_BACK, metadata={"description": "For orders paid from now on; 422 for what this kind does not take."})


class SourceChecked(Shape):
    shop = Text(300)
    variants = Whole(allow_none=True)
    expires_at = When(allow_none=True, metadata={"description": "When the permission ends, if the shop tells."})


class UploadedSource(Shape):
    kind = Text(20, least=1, required=True)
    name = Text(80, least=1, required=True)


class Counts(Shape):
    created = Whole()
    updated = Whole()
    unchanged = Whole()
    removed = Whole()
    skipped = Whole()
    failed = Whole()
    conflicts = Whole()


class Progress(Shape):
    done = Whole(metadata={"description": "Items of the present `step`."})
    total = Whole(metadata={"description": "0 while nobody knows: a flagship read for the first time tells it at its end. Before, it is as many as last time."})
    per_minute = Whole(metadata={"description": "How fast it goes now; 0 for a run that rests."})
    left_seconds = Whole(allow_none=True, metadata={"description": "How long the step will still take; null where nobody knows."})


class SyncProblem(Shape):
    code = Text(60)
    message = Text(2000)
    data = Anything(allow_none=True)


class SyncRunOut(Shape):
    id = Ref("sync run")
    number = Whole()
    source_id = Ref("flagship source")
    mode = Choice("preview", "apply")
    reads = Choice("full", "changes")
    state = Choice(*RUN_STATES)
    step = Text(10)
    counts = Nest(Counts, metadata={"description": "Of variants; they sum to the items."})
    progress = Nest(Progress)
    error = Nest(SyncProblem, allow_none=True)
    created_at = When()
    started_at = When(allow_none=True)
    finished_at = When(allow_none=True, metadata={"description": "Of a `previewed` run: there is nothing to write, it is over."})


class NewRun(Shape):
    source_id = Ref("flagship source", required=True)
    mode = Choice("preview", "apply", load_default="apply")
    reads = Choice("full", "changes", load_default="full", metadata={
        "description": "`changes`: since the last reading that was written, where the flagship can tell; else everything."})


class ApplyRun(Shape):
    confirmed = Flag(load_default=False, metadata={"description": "Also when most of what is on sale would be taken down."})
    chosen = Listed(Ref("sync item"), most=1000, load_default=None, allow_none=True, data_key="only",
                    metadata={"description": "Write only these items; the rest is skipped."})
    without = Listed(Ref("sync item"), most=1000, load_default=list, data_key="except", metadata={"description": "Skip these items."})
    outcomes = Listed(Choice("created", "updated", "removed"), most=3, load_default=None, allow_none=True)
    changing = Listed(Text(40, least=1), most=20, load_default=None, allow_none=True, data_key="fields", metadata={
        "description": "Write only these fields, such as `price_minor` or `stock`; an item's others stay differences, with the result `later`. "
                       "A new variant is written whole or not at all."})


class RunQuery(Paging):
    source_id = Ref("flagship source", load_default=None)
    state = Choice(*RUN_STATES, load_default=None)


class ItemOut(Shape):
    id = Ref("sync item")
    position = Whole()
    external_id = Text(200)
    sku = Text(120)
    title = Text(300)
    outcome = Choice(*OUTCOMES)
    matched_by = Text(12)
    code = Text(60)
    reason = Text(2000)
    changes = Listed(Anything(), most=1000)
    variant_id = Ref("variant", allow_none=True)
    applied = Flag()


class Resolution(Shape):
    variant_id = Ref("variant", load_default=None, allow_none=True, metadata={"description": "One of the candidates; none: a new variant."})
    ignore = Flag(load_default=False, metadata={"description": "This one of the flagship is not taken over, now and later."})


class ConflictOut(ItemOut):
    run_id = Ref("sync run")
    source_id = Ref("flagship source")
    candidates = Listed(Ref("variant"), most=1000)


class IgnoredOut(Shape):
    id = Ref("ignored listing")
    source_id = Ref("flagship source")
    external_id = Text(200)
    name = Text(300)
    created_at = When()


class ItemQuery(Shape):
    outcome = Choice(*OUTCOMES, load_default=None)
    q = Text(80, load_default="", metadata={"description": "Part of the SKU, the external id or the title."})
    limit = Number(1, 200, load_default=50)
    cursor = Text(64, load_default=None)
