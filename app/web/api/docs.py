"""The description and its pages: /api/openapi.json, /api/docs (served locally), /api/problems/<code>."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from flask import Blueprint, Response, abort, render_template

from app.web.shared.json import json_response

from .openapi import describe
from .problems import OTHER, PROBLEMS
from .storefront import storefront
from .v1 import v1

docs = Blueprint("api_docs", __name__, url_prefix="/api")
CODE = re.compile(r"[a-z][a-z0-9_]{1,60}")


@cache
def document() -> dict[str, Any]:
    return describe({"v1": v1, "storefront": storefront}, server="/")


@docs.get("/openapi.json")
def openapi() -> Response:
    answer = json_response(document())
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


@docs.get("/docs")
def read() -> str:
    return render_template("shared/api_docs.html")


@docs.get("/problems/<code>")
def problem_page(code: str) -> str:
    if not CODE.fullmatch(code):
        abort(404)
    status, text = PROBLEMS.get(code, (422, OTHER))
    return render_template("shared/api_problem.html", code=code, status=status, text=str(text))
