"""Which gateway is in use: the real ones, or their offline twins where the settings say so."""

from __future__ import annotations

from dataclasses import dataclass

from app.config import Settings
from app.domain.catalog.ports import Download
from app.domain.orders.ports import PaymentProvider
from app.domain.settlement.ports import PayoutProvider
from app.domain.webhooks.ports import Deliver
from app.gateways.downloads import HostFolders, HttpDownload, MirrorDownload
from app.gateways.flagship.opening import Flagships
from app.gateways.payments.sandbox import SandboxPayments
from app.gateways.payouts.files import FilePayouts
from app.gateways.storage import LocalFiles
from app.gateways.talking import HttpTalk
from app.gateways.webhooks import HttpDeliver


@dataclass(frozen=True, slots=True)
class Gateways:
    """Handed to flows as arguments by web, cli and jobs."""

    download: Download
    files: LocalFiles
    flagship: Flagships
    deliver: Deliver
    payments: PaymentProvider
    payouts: PayoutProvider

    @classmethod
    def from_settings(cls, settings: Settings) -> Gateways:
        nearby = settings.app_env == "development"
        download: Download = HttpDownload(allow_private=nearby, private_hosts=settings.private_hosts)
        if settings.mirror:
            download = MirrorDownload(HostFolders(settings.mirror), fallback=download)
        files = LocalFiles(settings.files)
        return cls(download=download, files=files, flagship=Flagships(download, files, HttpTalk(allow_private=nearby, private_hosts=settings.private_hosts)),
                   deliver=HttpDeliver(allow_private=nearby),
                   payments=SandboxPayments(settings.public_url), payouts=FilePayouts(files))
