"""A Hugging Face hub for tests: one repository, whose files lie in a folder."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from aiohttp import web
from aiohttp.test_utils import TestServer

COMMIT: Final = "0123456789abcdef0123456789abcdef01234567"


class Hub:
    """Answers what the hub client asks for one download; counts the files it gave out."""

    def __init__(self, repository: str, folder: Path) -> None:
        self._repository = repository
        self._folder = folder
        self.given: list[str] = []

    def server(self) -> TestServer:
        """Return the server, not started."""
        app = web.Application()
        app.router.add_get(f"/api/models/{self._repository}/revision/main", self._revision)
        app.router.add_get(f"/api/models/{self._repository}/tree/{{commit}}", self._tree)
        app.router.add_get(f"/{self._repository}/resolve/{{commit}}/{{name}}", self._file)
        return TestServer(app)

    async def _revision(self, _request: web.Request) -> web.Response:
        names = [{"rfilename": path.name} for path in sorted(self._folder.iterdir())]
        return web.json_response({"id": self._repository, "sha": COMMIT, "siblings": names})

    async def _tree(self, _request: web.Request) -> web.Response:
        files = sorted(self._folder.iterdir())
        entries = [
            {"type": "file", "path": each.name, "size": each.stat().st_size, "oid": COMMIT} for each in files
        ]
        return web.json_response(entries)

    async def _file(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        data = (self._folder / name).read_bytes()
        headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{hashlib.sha256(data).hexdigest()}"'}
        if request.method == "GET":
            self.given.append(name)
        return web.Response(body=data, headers=headers)
