"""Connect flagship: which kinds of source there are, what each needs to know, and the connector for its settings."""

from __future__ import annotations

from . import values
from .fields import SettingsField
from .heard import Heard
from .kinds import Kind, Means
from .own_template import template_csv
from .registry import kinds
from .source import MAX_BYTES

__all__ = ["MAX_BYTES", "Heard", "Kind", "Means", "SettingsField", "kinds", "template_csv", "values"]
