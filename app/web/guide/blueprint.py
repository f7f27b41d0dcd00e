"""The guide app's one blueprint; view modules hang their routes on it, the gate stands before all of them."""

from __future__ import annotations

from flask import Blueprint

from .gate import enter

guide = Blueprint("guide", __name__, url_prefix="/guide")
guide.before_request(enter)
