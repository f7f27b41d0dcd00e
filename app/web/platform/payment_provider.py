"""The provider every brand's payments go through: which, how, and whether it is heard."""

from __future__ import annotations

from flask import render_template

from app.web.shared.money_mode import provider_shown

from .blueprint import platform


@platform.get("/payments")
def payment_provider() -> str:
    return render_template("platform/payment_provider.html", shown=provider_shown())
