"""A brand whose goods come from a JD shop that takes its orders; the house with its carriers."""

from __future__ import annotations

from tests.builders.carriers import world as world
from tests.builders.pushes import jd as jd
from tests.builders.pushes import selling as selling
