"""Products: the list, one with its variants and who owns which field, and entering an offline-only one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.domain.catalog import actions, queries
from app.domain.catalog.freshness import stale_variants
from app.domain.catalog.rules import PRODUCT_FIELDS, owner_of, sellable
from app.domain.catalog.substitutes import product_of_sku, set_substitute
from app.domain.catalog.sync_queries import sources
from app.domain.promotions.queries import prices_to_come
from app.flows.enter_offline_product import enter_offline_product
from app.kernel import money
from app.kernel.errors import Refused
from app.kernel.ids import parse_id
from app.kernel.texts import clean
from app.web.shared.application import now
from app.web.shared.asking import page_number, tell, whole
from app.web.shared.serving import actor, brand, brand_id, db

from . import asked, sync_words
from .blueprint import console
from .product_form import ROWS, ProductForm, rows_of, tell_rows
from .substitute_facts import substitute_facts

STATUSES = (("", _("全部状态")), ("published", _("在售")), ("unpublished", _("已下架")), ("gone", _("旗舰店已删除")))
ORIGINS = (("", _("全部来源")), ("flagship", _("旗舰店同步")), ("offline", _("线下录入")))
STOCK = (("", _("全部库存")), ("in", _("有货")), ("out", _("无货")), ("stale", _("库存待确认")))


@console.get("/products")
def products() -> str:
    actor().require("catalog:view")
    kept = {name: asked.one_of(name, [code for code, _ in choices]) for name, choices in (("status", STATUSES), ("origin", ORIGINS), ("stock", STOCK))}
    q, category = asked.text("q"), asked.text("category", most=200)
    sort = asked.one_of("sort", [mark + name for name in queries.SORTS for mark in ("", "-")])
    page = queries.products_page(db(), brand_id=brand_id(), q=q, category=category, sort=sort, number=page_number(), now=now(), **kept)
    return render_template(
        "console/products.html", page=page, q=q, category=category, sort=sort, kept=kept, query=asked.query(q=q, category=category, sort=sort, **kept),
        statuses=STATUSES, origins=ORIGINS, stocks=STOCK, categories=queries.categories(db(), brand_id=brand_id()), may_edit=actor().may("catalog:edit"),
        connected=bool(sources(db(), brand_id=brand_id())))


@console.route("/products/new", methods=["GET", "POST"])
def new_product() -> ResponseReturnValue:
    actor().require("catalog:edit")
    form = ProductForm()
    if request.method == "POST":
        try:
            with db().begin_nested():
                product = enter_offline_product(
                    db(), brand_id=brand_id(), name=form.name.data or "", description=form.description.data or "", category=form.category.data or "",
                    status="published" if form.published.data else "unpublished", variants=rows_of(form, brand().currency), now=now())
            flash(gettext("“%(name)s”已录入。", name=product.title), "ok")
            return redirect(url_for("console.product", product_id=product.id), 303)
        except Refused as refused:
            tell(form, tell_rows(form, refused))
            return _new_page(form), 422
    return _new_page(form)


@console.get("/products/<product_id>")
def product(product_id: str) -> str:
    actor().require("catalog:view")
    return _product_page(product_id)


@console.get("/variants/<variant_id>")
def variant_page(variant_id: str) -> ResponseReturnValue:
    """A SKU lives on its product's page."""
    actor().require("catalog:view")
    found = queries.variant(db(), brand_id=brand_id(), variant_id=parse_id(variant_id, "variant"))
    return redirect(url_for("console.product", product_id=found.product_id) + f"#v-{found.id}", 303)


@console.post("/products/<product_id>/text")
def rewrite_product(product_id: str) -> ResponseReturnValue:
    """The fields that were sent; each becomes the brand's own if it differs."""
    values = {field: request.form[field] for field in PRODUCT_FIELDS if field in request.form}
    return _change(product_id, lambda key: actions.rewrite_product(db(), brand_id=brand_id(), product_id=key, values=values, now=now()), gettext("已保存。"))


@console.post("/products/<product_id>/lock/<field>")
def lock_product_field(product_id: str, field: str) -> ResponseReturnValue:
    return _change(product_id, lambda key: actions.lock_field(db(), brand_id=brand_id(), product_id=key, field=field, now=now()),
                   gettext("已锁定，同步不会改它。"))


@console.post("/products/<product_id>/give-back/<field>")
def give_back_product_field(product_id: str, field: str) -> ResponseReturnValue:
    return _change(product_id, lambda key: actions.give_back(db(), brand_id=brand_id(), product_id=key, field=field, now=now()),
                   gettext("已交还旗舰店，下次同步时更新。"))


@console.post("/products/<product_id>/status")
def set_product_status(product_id: str) -> ResponseReturnValue:
    status = request.form.get("status", "")
    return _change(product_id, lambda key: actions.set_product_status(db(), brand_id=brand_id(), product_id=key, status=status, now=now()),
                   gettext("已上架。") if status == "published" else gettext("已下架。"))


@console.post("/products/<product_id>/substitute")
def change_substitute(product_id: str) -> ResponseReturnValue:
    """`sku` of any variant of the product its links lead on to; blank: found by itself."""
    sku = clean(request.form.get("sku"))

    def name_it(key: UUID) -> None:
        wanted = product_of_sku(db(), brand_id=brand_id(), sku=sku) if sku else None
        set_substitute(db(), brand_id=brand_id(), product_id=key, substitute_id=wanted, now=now())

    return _change(product_id, name_it, gettext("替代款已保存。") if sku else gettext("替代款改为自动挑选。"))


@console.post("/variants/<variant_id>")
def change_variant(variant_id: str) -> ResponseReturnValue:
    """Any of status, commissionable, price, list_price, stock."""
    actor().require("catalog:edit")
    found = queries.variant(db(), brand_id=brand_id(), variant_id=parse_id(variant_id, "variant"))
    return _change(str(found.product_id), lambda _: actions.change_variant(db(), brand_id=brand_id(), variant_id=found.id, values=_variant_values(),
                                                                         now=now()), gettext("已保存。"))


def _variant_values() -> dict[str, Any]:
    sent, currency = request.form, brand().currency
    values: dict[str, Any] = {}
    if sent.get("status"):
        values["status"] = sent["status"]
    if "commissionable" in sent:
        values["commissionable"] = sent["commissionable"] == "1"
    if "price" in sent:
        values["price_minor"] = money.parse(sent["price"], currency, field="price")
    if "list_price" in sent:
        values["list_price_minor"] = money.parse(sent["list_price"], currency, field="list_price") if sent["list_price"].strip() else None
    if "stock" in sent:
        values["stock"] = whole(sent["stock"], field="stock")
    return values


def _change(product_id: str, action: Any, done: str) -> ResponseReturnValue:
    actor().require("catalog:edit")
    key = parse_id(product_id, "product")
    try:
        with db().begin_nested():
            action(key)
            db().flush()
    except Refused as refused:
        return _product_page(product_id, problem=sync_words.told(refused.message, refused.data)), 422
    flash(done, "ok")
    return redirect(url_for("console.product", product_id=key), 303)


def _product_page(product_id: str, *, problem: str = "") -> str:
    detail = queries.product_detail(db(), brand_id=brand_id(), product_id=parse_id(product_id, "product"))
    found = detail.product
    fields = [{"name": name, "label": str(sync_words.FIELDS[name]), "value": getattr(found, name), "owner": owner_of(name, found.owners),
               "badge": sync_words.OWNERS[owner_of(name, found.owners)]} for name in PRODUCT_FIELDS]
    left = {variant.id: sellable(stock=variant.stock, reserved=variant.reserved) for variant in detail.variants}
    offers = prices_to_come(db(), brand_id=brand_id(), variant_ids=list(left), now=now())
    opened = next((variant for variant in detail.variants if str(variant.id) == request.args.get("variant")), None)
    stale = stale_variants(db(), brand_id=brand_id(), variant_ids=list(left), now=now())
    return render_template("console/product.html", detail=detail, stale=stale, substitute=substitute_facts(found), opened=opened, product=found,
                           fields=fields, left=left, offers=offers, now=now(), problem=problem, may_edit=actor().may("catalog:edit"),
                           plain=lambda amount: money.decimal_text(amount, brand().currency))


def _new_page(form: ProductForm) -> str:
    return render_template("console/new_product.html", form=form, rows=ROWS, categories=queries.categories(db(), brand_id=brand_id()))
