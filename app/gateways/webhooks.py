"""Delivering webhooks over HTTP: only to public addresses, briefly, without following redirects."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from typing import Any

import httpx

from app.domain.webhooks.ports import NotDelivered
from app.gateways.addresses import may_call

TIMEOUT = httpx.Timeout(10, connect=5)
PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class HttpDeliver:
    """The name is resolved once, every address it has must be public, and the vetted one is dialled.

    `allow_private` is for development, where a brand's system runs on the same machine.
    """

    allow_private: bool = False

    def __call__(self, url: str, *, body: str, headers: dict[str, str]) -> int:
        try:
            addressed = self._addressed(httpx.URL(url), headers)
            with httpx.Client(timeout=TIMEOUT, trust_env=False) as client, client.stream("POST", **addressed, content=body.encode()) as response:
                status = response.status_code
        except httpx.TimeoutException:
            raise NotDelivered("timeout") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise NotDelivered(type(error).__name__) from None
        if not 200 <= status < 300:
            raise NotDelivered("http_status", status)
        return status

    def _addressed(self, url: httpx.URL, headers: dict[str, str]) -> dict[str, Any]:
        """The request as aimed at the vetted number; Host header and TLS name stay the ones of the URL."""
        name = url.raw_host.decode("ascii")
        try:
            found = socket.getaddrinfo(name, url.port or PORTS.get(url.scheme, 443), type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise NotDelivered("host_unknown") from None
        addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
        if not all(may_call(address, allow_private=self.allow_private) for address in addresses):
            raise NotDelivered("address_refused")
        return {"url": url.copy_with(host=str(addresses[0])), "headers": {**headers, "Host": url.netloc.decode("ascii")},
                "extensions": {"sni_hostname": name}}
