"""How the health of a community group is called."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

HEALTH: dict[str, tuple[Any, str]] = {
    "earning": (_l("活跃"), "ok"), "growing": (_l("在长大"), "info"), "quiet": (_l("一周没动静"), "warn"), "dead": (_l("沉了"), "bad"),
    "closed": (_l("已解散"), ""),
}
