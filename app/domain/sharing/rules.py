"""Who stands behind a share link, and which callers are no shoppers."""

from __future__ import annotations

import re

SERVING = ("active",)
"""A guide in any other state has handed her links to the store (R21)."""

_BOT = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|preview|facebookexternalhit|embedly|headless|lighthouse|monitor|scanner|curl/|wget/|"
    r"python-|go-http-client|java/|okhttp|axios|node-fetch|libwww", re.IGNORECASE)


def serves(guide_status: str) -> bool:
    """Whether the guide herself still stands behind her links, or her store does (R21)."""
    return guide_status in SERVING


def is_bot(user_agent: str) -> bool:
    """Programs say what they are, or nothing at all; their touches are kept and never compete (R8)."""
    return not user_agent.strip() or bool(_BOT.search(user_agent))
