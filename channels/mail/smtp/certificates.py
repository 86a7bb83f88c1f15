"""The TLS context of STARTTLS, with the certificate read again when its file has changed."""

from __future__ import annotations

import ssl
from pathlib import Path


class Certificates:
    """A server context from a PEM chain and its key; raises `OSError` (ssl.SSLError is one) on bad files."""

    def __init__(self, certificate: Path, key: Path) -> None:
        self._files = (certificate, key)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._stamp = self._now()
        self._context.load_cert_chain(certificate, key)

    def context(self) -> ssl.SSLContext:
        """Return the context; a renewed certificate is used from the next session on."""
        try:
            stamp = self._now()
            if stamp != self._stamp:
                self._context.load_cert_chain(*self._files)
                self._stamp = stamp
        except OSError:
            pass  # half-written or not readable yet: the former certificate still holds
        return self._context

    def _now(self) -> tuple[int, ...]:
        return tuple(path.stat().st_mtime_ns for path in self._files)
