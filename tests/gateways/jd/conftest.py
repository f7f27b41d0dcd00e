from __future__ import annotations

from jd_shops import jd

__all__ = ["jd"]
