from __future__ import annotations

import base64
import hmac

import pytest

from app.gateways.flagship import Heard, kinds

SECRETS = {"webhook_secret": "hush"}
BODY = b'{"id":7}'
SIGNED = "H2U/SEYbRNpyMb2K3HUYu69pcSP2i4aiJUA14KwhhUY="
"""printf '{"id":7}' | openssl dgst -sha256 -hmac hush -binary | base64"""


def shopify(body: bytes = BODY, secrets: dict[str, str] = SECRETS, **headers: str) -> Heard | None:
    hear = kinds()["shopify"].hear
    assert hear
    given = {"x-shopify-hmac-sha256": SIGNED, "x-shopify-topic": "products/update", "x-shopify-webhook-id": "w1", **headers}
    return hear({name.replace("_", "-"): value for name, value in given.items()}, body, secrets)


def woo(body: bytes = BODY, secrets: dict[str, str] = SECRETS, **headers: str) -> Heard | None:
    hear = kinds()["woocommerce"].hear
    assert hear
    given = {"x-wc-webhook-signature": SIGNED, "x-wc-webhook-topic": "product.updated", "x-wc-webhook-id": "3", "x-wc-webhook-delivery-id": "d1", **headers}
    return hear({name.replace("_", "-"): value for name, value in given.items()}, body, secrets)


def test_a_change_is_a_knock_on_the_door() -> None:
    assert shopify() == Heard("w1", "products/update", changed=True)
    assert shopify(x_shopify_topic="inventory_levels/update") == Heard("w1", "inventory_levels/update", changed=True)
    assert shopify(x_shopify_topic="orders/create") == Heard("w1", "orders/create")
    assert woo() == Heard("3:d1", "product.updated", changed=True)
    assert woo(x_wc_webhook_topic="order.created") == Heard("3:d1", "order.created")


def test_a_deleted_product_is_named() -> None:
    assert shopify(x_shopify_topic="products/delete") == Heard("w1", "products/delete", removed_groups=("7",))
    assert woo(x_wc_webhook_topic="product.deleted") == Heard("3:d1", "product.deleted", removed_groups=("7",))


@pytest.mark.parametrize("hear", [shopify, woo])
def test_what_is_not_signed_with_our_secret_is_nothing(hear: object) -> None:
    assert callable(hear)
    assert hear(body=b'{"id":8}') is None
    assert hear(secrets={"webhook_secret": "other"}) is None
    assert hear(secrets={}) is None
    name = "x_shopify_hmac_sha256" if hear is shopify else "x_wc_webhook_signature"
    for signature in ("", "x", "签名", SIGNED[:-2]):
        assert hear(**{name: signature}) is None


def test_the_unsigned_ping_of_a_new_webhook_is_heard_and_means_nothing() -> None:
    hear = kinds()["woocommerce"].hear
    assert hear and hear({}, b"webhook_id=3", SECRETS) == Heard("", "ping")
    assert hear({"x-wc-webhook-topic": "product.deleted"}, b"webhook_id=3", SECRETS) is None


def test_a_blank_secret_signs_nothing() -> None:
    """HMAC with an empty key can be computed by anybody."""
    forged = base64.b64encode(hmac.digest(b"", BODY, "sha256")).decode()
    assert shopify(secrets={"webhook_secret": ""}, x_shopify_hmac_sha256=forged) is None
    assert woo(secrets={}, x_wc_webhook_signature=forged) is None


def test_a_signed_body_that_is_no_json_breaks_nothing() -> None:
    for body in (b"", b"\xff", b"[]", b'{"id":{}}', b"webhook_id=3"):
        signature = base64.b64encode(hmac.digest(b"hush", body, "sha256")).decode()
        heard = shopify(body, x_shopify_hmac_sha256=signature, x_shopify_topic="products/delete")
        assert heard and heard.removed_groups == ()
        assert woo(body, x_wc_webhook_signature=signature, x_wc_webhook_topic="product.deleted")
