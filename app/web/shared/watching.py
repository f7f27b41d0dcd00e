"""Structured logs with request and brand, Prometheus metrics, and the three health addresses."""

from __future__ import annotations

import logging
import sys
import time
from typing import Any

import structlog
from flask import Blueprint, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.kernel.files import FilesUnreachable
from app.kernel.ids import new_code

from .application import Application, app, global_session
from .json import json_response

REQUESTS = Counter("http_requests_total", "Requests answered", ["surface", "method", "status"])
SECONDS = Histogram("http_request_seconds", "Time to answer", ["surface"], buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10))
JOBS = Gauge("jobs", "Jobs in the queue by status", ["status"])
SURFACES = {"console", "guide", "platform", "api", "s", "b", "static"}

health = Blueprint("health", __name__)
log = structlog.get_logger()


@health.get("/healthz")
def alive() -> Response:
    return json_response({"status": "alive"})


@health.get("/readyz")
def ready() -> Response:
    """Database reachable, schema at the head this code knows, queue readable, files kept."""
    parts: dict[str, Any] = {"database": False, "schema": False, "queue": False, "files": False}
    try:
        session = global_session()
        parts["database"] = session.scalar(text("SELECT true"))
        parts["schema"] = session.scalar(text("SELECT version_num FROM alembic_version")) == app().config["SCHEMA_HEAD"]
        parts["queue"] = session.scalar(text("SELECT count(*) >= 0 FROM procrastinate_jobs WHERE status = 'doing'"))
    except SQLAlchemyError as error:
        log.warning("not ready", error=str(error.__cause__))
    try:
        app().gateways.files.check()
        parts["files"] = True
    except FilesUnreachable as wrong:
        log.warning("not ready", error=wrong.reason)
    good = all(parts.values())
    return json_response({"status": "ready" if good else "not ready", **parts}, 200 if good else 503)


@health.get("/metrics")
def metrics() -> Response:
    for status, count in global_session().execute(text("SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY 1")):
        JOBS.labels(status).set(count)
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _begin() -> None:
    g.request_id = request.headers.get("X-Request-Id", "")[:40] or new_code(12)
    g.started = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _end(response: Response) -> Response:
    first = request.path.split("/", 2)[1]
    surface = first if first in SURFACES else "other"
    seconds = time.perf_counter() - g.get("started", time.perf_counter())
    REQUESTS.labels(surface, request.method, str(response.status_code)).inc()
    SECONDS.labels(surface).observe(seconds)
    response.headers["X-Request-Id"] = g.get("request_id", "")
    if first not in ("static", "media", "healthz", "metrics"):
        log.info("request", method=request.method, path=request.path, status=response.status_code, ms=round(seconds * 1000, 1))
    return response


def configure_logs(production: bool) -> None:
    renderer: Any = structlog.processors.JSONRenderer() if production or not sys.stderr.isatty() else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level,
                    structlog.processors.TimeStamper(fmt="iso", utc=True), structlog.processors.format_exc_info, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr), cache_logger_on_first_use=True)


def install(application: Application) -> None:
    application.before_request(_begin)
    application.after_request(_end)
    application.register_blueprint(health)
