"""A bucket that is set up by half, or in the open, is refused at the start and by name."""

from __future__ import annotations

import pytest

from app.config import BadSetting, from_env

WHOLE = {"STORAGE_URL": "https://shop.oss-cn-hangzhou.aliyuncs.com/", "STORAGE_KEY_ID": "id", "STORAGE_SECRET": "hush", "STORAGE_REGION": "cn-hangzhou",
         "STORAGE_PUBLIC_URL": "https://cdn.example/"}
PRODUCTION = {"APP_ENV": "production", "SECRET_KEY": "x" * 32, "PUBLIC_URL": "https://shop.example", "DATABASE_URL": "postgresql+psycopg://a@h/d",
              "ALLOW_SANDBOX_PAYMENTS": "1"}


def test_a_whole_one() -> None:
    settings = from_env(WHOLE)
    bucket = settings.bucket
    assert bucket is not None and (bucket.url, bucket.host, bucket.region, bucket.public_url) == (
        "https://shop.oss-cn-hangzhou.aliyuncs.com", "shop.oss-cn-hangzhou.aliyuncs.com", "cn-hangzhou", "https://cdn.example")
    assert "hush" not in repr(settings)
    assert from_env({}).bucket is None and from_env({**WHOLE, "STORAGE_REGION": ""}).bucket.region == "us-east-1"  # type: ignore[union-attr]  # there


@pytest.mark.parametrize(("name", "value"), [
    ("STORAGE_URL", "s3://shop"), ("STORAGE_URL", "https://"), ("STORAGE_URL", "https://me:pw@h/shop"), ("STORAGE_URL", "https://h/shop?x=1"),
    ("STORAGE_URL", "https://h:99999/shop"), ("STORAGE_URL", "https://h/sh op"), ("STORAGE_URL", "https://[::1/shop"), ("STORAGE_PUBLIC_URL", "cdn.example"),
    ("STORAGE_KEY_ID", ""), ("STORAGE_SECRET", "")])
def test_what_is_wrong_is_named(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=f"^{name}: "):
        from_env({**WHOLE, name: value})


def test_payout_files_do_not_travel_in_the_open() -> None:
    plain = {**PRODUCTION, **WHOLE, "STORAGE_URL": "http://minio.internal:9000/shop"}
    with pytest.raises(BadSetting, match="^STORAGE_URL: "):
        from_env(plain)
    assert from_env({**plain, "PRIVATE_HOSTS": "minio.internal"}).bucket is not None
    assert from_env({**PRODUCTION, **WHOLE}).bucket is not None
