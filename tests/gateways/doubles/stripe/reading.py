"""A request's parameters: out of bracketed forms or JSON, and held against the shape that its call takes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from .refusals import Json, Refusal

METADATA = "metadata"
GONE = {"payment_method_types": "payment_method_types_no_longer_supported"}
"""Parameters that older versions took, and what the pinned one says of them."""


def form(text: str) -> Json:
    """`a[b][0]=x&a[c]=y` → {a: {b: {0: x}, c: y}}; shapes say which of them are lists."""
    tree: Json = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        head, *rest = re.findall(r"[^\[\]]+", name)
        node = tree
        for part, _following in zip([head, *rest], rest, strict=False):
            node = node.setdefault(part, {})
            if not isinstance(node, dict):
                raise Refusal(f"{name} is a value and a container at once", param=name)
        node[[head, *rest][-1]] = value
    return tree


def body(text: str) -> Json:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        raise Refusal("The body is not JSON.") from None
    if not isinstance(found, dict):
        raise Refusal("The body is not a JSON object.")
    return found


def fit(shape: Any, value: Any, where: str = "") -> Any:
    """The value with its types. A shape is a type, a set of words, [shape] for a list, METADATA, or a mapping whose `!` names are needed."""
    if shape == METADATA:
        return _marks(value, where)
    if isinstance(shape, Mapping):
        return _mapping(shape, value, where)
    if isinstance(shape, list):
        many = [value[str(at)] for at in range(len(value))] if isinstance(value, dict) and all(str(at) in value for at in range(len(value))) else value
        if not isinstance(many, list):
            raise Refusal(f"Invalid array: {where}", code="parameter_invalid", param=where)
        return [fit(shape[0], one, f"{where}[{at}]") for at, one in enumerate(many)]
    return _scalar(shape, value, where)


def _mapping(shape: Mapping[str, Any], value: Any, where: str) -> Json:
    if not isinstance(value, dict):
        raise Refusal(f"Invalid object: {where}", code="parameter_invalid", param=where)
    parts = {name.rstrip("!"): part for name, part in shape.items()}
    path = {name: f"{where}[{name}]" if where else name for name in (*parts, *value)}
    for name in value:
        if name not in parts:
            raise Refusal(f"Received unknown parameter: {path[name]}", code=GONE.get(name, "parameter_unknown"), param=path[name])
    for name in shape:
        if name.endswith("!") and value.get(name[:-1]) is None:
            raise Refusal(f"Missing required param: {path[name[:-1]]}.", code="parameter_missing", param=path[name[:-1]])
    return {name: fit(parts[name], one, path[name]) for name, one in value.items()}


def _scalar(shape: Any, value: Any, where: str) -> Any:
    if shape is int and isinstance(value, str) and re.fullmatch(r"-?\d{1,15}", value):
        return int(value)
    if shape is bool and value in ("true", "false"):
        return value == "true"
    if isinstance(shape, set | frozenset):
        if not isinstance(value, str) or value not in shape:
            raise Refusal(f"Invalid {where}: must be one of {', '.join(sorted(shape))}", param=where)
    elif type(value) is not shape:
        raise Refusal(f"Invalid {shape.__name__}: {value}", code="parameter_invalid", param=where)
    elif shape is str and len(value) > 5000:
        raise Refusal(f"Invalid string: {where} has more than 5000 characters", param=where)
    return value


def _marks(value: Any, where: str) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise Refusal(f"Invalid object: {where} holds texts", code="parameter_invalid", param=where)
    if len(value) > 50 or any(len(name) > 40 or len(text) > 500 for name, text in value.items()):
        raise Refusal("Metadata has at most 50 names of 40 characters and texts of 500.", param=where)
    return value
