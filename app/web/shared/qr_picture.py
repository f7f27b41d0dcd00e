"""A QR code for `<img src>`: made on the spot, so that a link that is a secret leaves no file and no address of its own."""

from __future__ import annotations

import base64

from app.domain.sharing.qr import qr_svg


def qr_picture(url: str) -> str:
    """A data: address of the code as SVG."""
    return "data:image/svg+xml;base64," + base64.b64encode(qr_svg(url)).decode()
