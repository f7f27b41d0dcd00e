"""A real SMTP server (aiosmtpd) on a socket: STARTTLS with a certificate of its own, sign-in, and answers as told.

`says` maps a verb (RCPT, DATA, AUTH …) to what is answered instead of the usual; `breaks` hangs up after the message came.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class MailServer:
    """`url` has no user; the only one it knows is lin with the password 'p@ss word'."""

    says: dict[str, str] = field(default_factory=dict)
    breaks: bool = False
    kept: list[bytes] = field(default_factory=list)
    secured: list[bool] = field(default_factory=list)
    """Of each message: whether it came over TLS."""
    port: int = 0

    @property
    def url(self) -> str:
        return f"smtp://localhost:{self.port}"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if "RCPT" in self.says:
            return self.says["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        envelope.mail_from = address
        return self.says.get("MAIL", "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.breaks or "DATA" not in self.says:
            assert isinstance(envelope.original_content, bytes)
            self.kept.append(envelope.original_content)
            self.secured.append(session.ssl is not None)
        if self.breaks:
            assert server.transport
            server.transport.close()
        return self.says.get("DATA", "250 OK")

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, said: Any) -> AuthResult:
        good = isinstance(said, LoginPassword) and (said.login, said.password) == (b"lin", b"p@ss word")
        return AuthResult(success=good and "AUTH" not in self.says, handled=False, message=self.says.get("AUTH"))


@contextmanager
def mail_server(folder: Path | None = None) -> Iterator[MailServer]:
    """With a folder it offers STARTTLS, demands it before sign-in, and leaves its certificate there as ca.pem."""
    told = MailServer()
    secure: dict[str, Any] = {} if folder is None else {"tls_context": _tls(folder), "auth_required": True, "auth_require_tls": True,
                                                        "authenticator": told.authenticate}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        told.port = free.getsockname()[1]
    running = Controller(told, hostname="127.0.0.1", port=told.port, **secure)
    running.start()
    try:
        yield told
    finally:
        running.stop()


def _tls(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
                   .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1)).add_extension(names, critical=False)
                   .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).sign(key, hashes.SHA256()))
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    return context
