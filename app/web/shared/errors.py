"""What the core raises, as HTTP: pages for people, problem+json (RFC 9457) for programs. No input yields a 500."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Response, g, make_response, render_template, request
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from psycopg import DataError, Error
from psycopg.errors import CheckViolation, DeadlockDetected, ForeignKeyViolation, LockNotAvailable, SerializationFailure, UniqueViolation
from sqlalchemy.exc import DBAPIError, IntegrityError
from werkzeug.exceptions import HTTPException

from app.kernel.errors import Conflict, Invalid, NotFound, Refused, msgid
from app.kernel.files import FilesUnreachable

from .application import Application, roll_back
from .formats import priced
from .json import json_response

log = structlog.get_logger()
PROBLEMS = "/api/problems/"
SHOPS = ("s", "b")
HOMES = {"console": "/console/", "guide": "/guide/", "platform": "/platform/"}


def says(refused: Refused) -> str:
    """The refusal in the reader's language; what the core knows as `base_minor` is said as money under `base`."""
    amounts = {name.removesuffix("_minor"): priced(value, refused.data.get("currency")) for name, value in refused.data.items()
               if name.endswith("_minor") and isinstance(value, int)}
    return gettext(refused.message) % {**refused.data, **amounts}


def problem(status: int, code: str, title: str, **more: Any) -> Response:
    """An RFC 9457 answer; `type` says which problem it is."""
    body = {"type": PROBLEMS + code, "title": title, "status": status, "code": code, **more}
    response = json_response(body, status)
    response.content_type = "application/problem+json"
    return response


def refusal_as_problem(refused: Refused) -> Response:
    status = 409 if isinstance(refused, Conflict) else 422
    inner = refused.errors if isinstance(refused, Invalid) else [refused]
    errors = [{"field": one.field, "message": says(one), "code": one.code} for one in inner if one.field]
    data = {key: value for key, value in refused.data.items() if isinstance(value, (str, int, bool))}
    return problem(status, refused.code, says(refused), detail=says(refused), errors=errors, **({"data": data} if data else {}))


def wants_problem() -> bool:
    return request.path.startswith("/api/")


def page(status: int, title: str, text: str) -> tuple[str, int]:
    """An error page of the surface that was asked, with a way back."""
    roll_back()
    return render_template("shared/error.html", error={"title": title, "text": text, "actions": _ways_on(), "code": g.get("request_id", "")}), status


def _ways_on() -> list[dict[str, str]]:
    """Home of the surface, and the page the person came from; a shopper's home is the brand's shop, never a sign-in page."""
    surface = request.path.split("/", 2)[1]
    brand = g.get("brand") if surface in SHOPS else None
    actions = [] if surface in SHOPS else [{"label": gettext("返回首页"), "href": HOMES.get(surface, "/")}]
    if brand is not None:
        actions.append({"label": gettext("去店铺逛逛"), "href": f"/b/{brand.slug}"})
    if request.referrer and request.referrer.startswith(request.host_url) and request.referrer != request.url:
        actions.append({"label": gettext("返回上一页"), "href": request.referrer})
    return actions


def install(app: Application) -> None:
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(NotFound, _not_found)
    app.register_error_handler(FilesUnreachable, _files)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(IntegrityError, _integrity)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(Error, _driver)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _crash)


def _refused(error: Refused) -> Any:
    if wants_problem():
        return refusal_as_problem(error)
    return page(409 if isinstance(error, Conflict) else 422, gettext("没有做成"), says(error))


def _not_found(error: NotFound) -> Any:
    if wants_problem():
        return problem(404, "not_found", gettext("没有找到"))
    if request.path.split("/", 2)[1] in SHOPS:
        return page(404, gettext("没有找到"), gettext("链接可能不完整或已经失效，请让发给你的人再发一次。"))
    return page(404, gettext("没有找到"), gettext("这个地址没有内容，或者你没有权限看到它。"))


def _files(error: FilesUnreachable) -> Any:
    """The operator reads why; nothing was written, and a little later it may work."""
    log.error("files unreachable", error=error.reason, exc_info=True)
    title, text = gettext("暂时打不开"), gettext("存放文件的地方没有回答，请稍后再试。刚才的内容没有写入。")
    answer = make_response(problem(503, "files_unreachable", title, detail=text) if wants_problem() else page(503, title, text))
    answer.headers["Retry-After"] = "30"
    return answer


def _csrf(error: CSRFError) -> Any:
    return page(400, gettext("页面过期了"), gettext("请返回刷新后再提交一次，刚才的内容没有写入。"))


CONSTRAINTS = {
    UniqueViolation: ("already_exists", msgid("已经有相同的记录")),
    ForeignKeyViolation: ("not_found", msgid("引用的对象不存在")),
    CheckViolation: ("out_of_range", msgid("数值超出允许的范围")),
}


def _integrity(error: IntegrityError) -> Any:
    return _driver(error.orig) if isinstance(error.orig, Error) else _crash(error)


def _database(error: DBAPIError) -> Any:
    if isinstance(error.orig, (ValueError, UnicodeEncodeError)):
        return _unreadable()
    return _driver(error.orig) if isinstance(error.orig, Error) else _crash(error)


def _driver(error: Error) -> Any:
    """What the database said: a constraint is a refusal, a value no column holds is the sender's, a lock that waited is told so."""
    for kind, (code, text) in CONSTRAINTS.items():
        if isinstance(error, kind):
            log.warning("constraint", name=error.diag.constraint_name)
            return _refused(Conflict(code, text))
    if isinstance(error, (LockNotAvailable, DeadlockDetected, SerializationFailure)):
        return _refused(Conflict("busy", "同一件事正在处理，请稍后再试"))
    return _unreadable() if isinstance(error, DataError) else _crash(error)


def _unreadable() -> Any:
    return _refused(Refused("unreadable", "内容里有无法保存的字符或数值"))


def _http(error: HTTPException) -> Any:
    status = error.code or 500
    if error.response is not None or status < 400:
        return error.get_response()
    titles = {404: gettext("没有找到"), 405: gettext("不支持这个方法"), 413: gettext("内容太大"), 429: gettext("太频繁了，请稍后再试")}
    title = titles.get(status, error.name)
    if wants_problem():
        answer: Any = problem(status, error.name.lower().replace(" ", "_"), title, detail=error.description or title)
    else:
        answer = Response(*page(status, title, gettext("可以返回上一页，或从首页重新进入。")))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After", "WWW-Authenticate"):
            answer.headers[name] = value
    return answer


def _crash(error: Exception) -> Any:
    log.error("unexpected", exc_info=error)
    if wants_problem():
        return problem(500, "unexpected", gettext("出错了"))
    return page(500, gettext("出错了"), gettext("我们已经记下这个问题，没有写入任何内容。"))
