"""The library weighs 30 MB in every process: without PAYMENT_PROVIDER=stripe not a byte of it is loaded."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from app.config import ROOT

LOOK = """
import json, os, sys
from app.config import from_env
from app.gateways.wiring import Gateways
import app, app.jobs, app.cli, app.web.surfaces
gateways = Gateways.from_settings(from_env(os.environ))
print(json.dumps([gateways.online is None, sorted(name for name in sys.modules if name.split(".")[0] == "stripe" or name.startswith("app.gateways.stripe"))]))
"""


def loaded(**env: str) -> tuple[bool, list[str]]:
    said = subprocess.run([sys.executable, "-c", LOOK], cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True, check=True, timeout=120)
    without, modules = json.loads(said.stdout.splitlines()[-1])
    return without, modules


def test_without_it() -> None:
    assert loaded(PAYMENT_PROVIDER="sandbox") == (True, [])


def test_with_it() -> None:
    without, modules = loaded(PAYMENT_PROVIDER="stripe", STRIPE_SECRET_KEY="sk_test_x")
    assert not without and {"stripe", "app.gateways.stripe.provider"} <= set(modules)
