"""The console's one blueprint; view modules hang their routes on it, the gate stands before all of them."""

from __future__ import annotations

from flask import Blueprint

from .gate import enter

console = Blueprint("console", __name__, url_prefix="/console")
console.before_request(enter)
