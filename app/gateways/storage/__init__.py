"""Where files are kept: pictures, uploads, payout files. A folder, or a bucket of an S3-compatible store."""

from __future__ import annotations

from app.config import Settings
from app.gateways.talking import HttpTalk
from app.kernel.files import Files

from .bucket import BucketFiles
from .local import LocalFiles
from .signing import object_url


def open_files(settings: Settings) -> Files:
    """The bucket if one is named, else the folder. Nobody is called yet."""
    bucket = settings.bucket
    return BucketFiles(bucket, HttpTalk(private_hosts=frozenset({bucket.host}))) if bucket else LocalFiles(settings.files)


__all__ = ["BucketFiles", "LocalFiles", "object_url", "open_files"]
