"""Servers under gunicorn, load by wrk on loopback, CPU read from the processes themselves."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONNECTIONS = 16
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Served:
    """A running gunicorn: its address and its worker processes."""

    url: str
    pid: int

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [int(child) for child in children]

    def cpu_seconds(self) -> float:
        return sum(_cpu(pid) for pid in self.workers())

    def resident_mb(self) -> float:
        """The largest worker's resident memory."""
        return max(_resident(pid) for pid in self.workers()) / 1024 / 1024

    def forget_peak(self) -> None:
        for pid in self.workers():
            Path(f"/proc/{pid}/clear_refs").write_text("5")

    def peak_mb(self) -> float:
        """The most that the largest worker has had resident since its peak was forgotten."""
        return max(_peak_kb(pid) for pid in self.workers()) / 1024


@dataclass(frozen=True)
class Measured:
    per_second: float
    cpu_ms: float
    errors: int


@contextmanager
def served(application: str, environment: Mapping[str, str], *, workers: int = 2) -> Iterator[Served]:
    """One application under the project's own gunicorn settings."""
    port = _free_port()
    process = subprocess.Popen([str(Path(sys.executable).with_name("gunicorn")), "-c", str(ROOT / "gunicorn.conf.py"), application], cwd=ROOT,
                               env={**os.environ, **environment, "PORT": str(port), "WEB_WORKERS": str(workers)}, stderr=subprocess.DEVNULL)
    try:
        _wait(port, process)
        yield Served(f"http://127.0.0.1:{port}", process.pid)
    finally:
        process.terminate()
        process.wait(20)


def measure(server: Served, path: str, *, seconds: float, script: str = "") -> Measured:
    """Requests per second and worker CPU per request on one address."""
    command = ["wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{seconds:g}s"]
    if script:
        command += ["-s", script]
    before = server.cpu_seconds()
    said = subprocess.run([*command, server.url + path], capture_output=True, text=True, check=True).stdout
    spent = server.cpu_seconds() - before
    count = int(re.findall(r"(\d+) requests in", said)[0])
    rate = float(re.findall(r"Requests/sec:\s+([\d.]+)", said)[0])
    failed = sum(int(number) for number in re.findall(r"Non-2xx or 3xx responses: (\d+)", said))
    return Measured(rate, spent / max(count, 1) * 1000, failed)


def need_wrk() -> None:
    if shutil.which("wrk") is None:
        if os.geteuid() != 0 or not shutil.which("apt-get"):
            raise SystemExit("make bench needs wrk: install it and run again")
        subprocess.run(["apt-get", "install", "-y", "-q", "--no-install-recommends", "wrk"], check=True, stdout=subprocess.DEVNULL)


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _peak_kb(pid: int) -> int:
    return int(re.findall(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())[0])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).close()
            return
        except urllib.error.HTTPError:
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            if process.poll() is not None:
                raise SystemExit("a measured server ended while starting") from None
            time.sleep(0.1)
    raise SystemExit("a measured server did not start")
