"""A brand whose goods come from a JD shop that takes its orders."""

from __future__ import annotations

from tests.builders.pushes import jd as jd
from tests.builders.pushes import selling as selling
