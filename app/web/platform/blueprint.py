"""The platform's one blueprint; view modules hang their routes on it, the gate stands before all of them."""

from __future__ import annotations

from flask import Blueprint

from .gate import enter

platform = Blueprint("platform", __name__, url_prefix="/platform")
platform.before_request(enter)
