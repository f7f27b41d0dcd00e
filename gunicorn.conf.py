"""The web server. Put a buffering proxy in front of it in production (docs/operations.md)."""

import ctypes
import os
import signal

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_WORKERS", str((os.cpu_count() or 2) + 1)))
worker_class = "sync"
preload_app = True
timeout = 60
graceful_timeout = 20
max_requests = 20_000
max_requests_jitter = 2_000
limit_request_line = 8190
control_socket_disable = True
accesslog = None
errorlog = "-"
loglevel = "warning"

PR_SET_PDEATHSIG = 1


def post_fork(server: object, worker: object) -> None:
    """A worker ends with its master, also when that is killed; else it would keep the port for half a minute."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
