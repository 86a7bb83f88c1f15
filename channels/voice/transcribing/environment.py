"""What a child process of the voice channel gets of our environment: what it needs, and no secret."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import channels

KEPT: Final = frozenset(
    {
        "PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "VIRTUAL_ENV",
        "LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_LIBRARY_PATH", "XDG_CACHE_HOME", "SSL_CERT_FILE",
        "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY",
        "http_proxy", "https_proxy", "no_proxy", "all_proxy", "HUGGINGFACE_HUB_CACHE",
        "PYTHONDONTWRITEBYTECODE",
    }
)  # fmt: skip
KEPT_FAMILIES: Final = ("HF_", "CUDA_", "NVIDIA_", "OMP_", "MKL_", "OPENBLAS_", "CT2_", "ESPEAK_")
SET: Final = {
    "OPENBLAS_NUM_THREADS": "1",  # numpy's own threads only wait here, at twice the CPU
    "DO_NOT_TRACK": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_ETAG_TIMEOUT": "10",
    "HF_HUB_DOWNLOAD_TIMEOUT": "20",
}


def child_environment() -> dict[str, str]:
    """Return the environment for `python -m channels.voice…`, with our own sources first on its path."""
    kept = {
        name: value for name, value in os.environ.items() if name in KEPT or name.startswith(KEPT_FAMILIES)
    }
    sources = Path(channels.__path__[0]).parent
    return {**kept, **SET, "PYTHONPATH": str(sources)}
