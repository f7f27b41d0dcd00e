"""The two examples of Amazon's own documentation, to the letter."""

from __future__ import annotations

from datetime import UTC, datetime

from app.gateways.storage.signing import host_of, object_url, signed

WHO = {"region": "us-east-1", "key_id": "AKIAIOSFODNN7EXAMPLE", "secret": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
THEN = datetime(2013, 5, 24, tzinfo=UTC)
BASE = "https://examplebucket.s3.amazonaws.com"


def test_getting() -> None:
    told = signed("GET", object_url(BASE, "test.txt"), {"Range": "bytes=0-9"}, b"", now=THEN, **WHO)
    assert told["Authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")


def test_putting() -> None:
    headers = {"Date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"}
    told = signed("PUT", object_url(BASE, "test$file.text"), headers, b"Welcome to Amazon S3.", now=THEN, **WHO)
    assert told["Authorization"].endswith("Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")


def test_the_host_is_signed_as_it_is_sent() -> None:
    assert [host_of(url) for url in ("https://s3.example/b", "https://s3.example:443/b", "http://s3.example:9000/b", "http://[::1]:9000/b")] == [
        "s3.example", "s3.example", "s3.example:9000", "[::1]:9000"]
