"""The page, the widget's files and the demo identities, as a browser would fetch them."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest
from multidict import CIMultiDictProxy

from channels.chat.page import Front
from tests.support.chat_server import Server, serve
from tests.support.fake_desk import FakeDesk


async def get(server: Server, path: str, **headers: str) -> tuple[int, str, CIMultiDictProxy[str]]:
    async with server.http.get(server.url + path, headers=headers) as response:
        return response.status, await response.text(), response.headers


def token_of(who: str) -> str:
    return {"ada": "jwt-ada", "bob": "jwt-bob"}[who]


async def test_a_business_without_a_page_of_its_own_gets_one_with_its_name() -> None:
    front = Front(name="Zahnklinik <Nord>", language="fr", visitors={"eva": 'Eva "E" Stein'})
    async with serve(FakeDesk(), demo=token_of, front=front) as server:
        _, html, _ = await get(server, "/")
        assert '<html lang="fr">' in html
        assert "Zahnklinik &lt;Nord&gt;" in html
        assert (
            json.loads(re.findall(r'data-visitors="([^"]*)"', html)[0].replace("&quot;", '"'))
            == front.visitors
        )
        assert "Lindenhof" not in html


async def test_the_page_allows_nothing_but_its_own_files() -> None:
    async with serve(FakeDesk()) as server:
        status, html, headers = await get(server, "/")
        assert status == 200
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert f"ws://{server.url.removeprefix('http://')}" in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert not re.findall(r'(?:src|href)="(?!/)', html)
        assert not re.findall(r"<script(?! type=\"module\" src=)|\son\w+=|style=", html)


async def test_a_strange_host_does_not_get_into_the_policy() -> None:
    async with serve(FakeDesk()) as server:
        _, _, headers = await get(server, "/", Host="x; script-src *")
        assert "script-src *" not in headers["Content-Security-Policy"]


async def modules(server: Server, known: set[str]) -> set[str]:
    """Return what the modules among `known` load, and what those load."""
    found: set[str] = set()
    for path in known:
        if path.startswith("/widget/") and path.endswith(".js"):
            _, body, _ = await get(server, path)
            found |= {f"/widget/{name}" for name in re.findall(r'"\./([\w.-]+\.js)"', body)}
    return found | (await modules(server, found - known) if found - known else set())


async def test_the_widget_is_told_whether_calls_are_taken() -> None:
    for voice in (True, False):
        async with serve(FakeDesk(), voice=voice) as server:
            status, body, headers = await get(server, "/widget/config.json")
            assert (status, body) == (200, f'{{"voice": {str(voice).lower()}}}')
            assert headers["Access-Control-Allow-Origin"] == "*"
            assert headers["Cache-Control"] == "no-store"


async def test_every_file_the_page_and_the_widget_name_is_there_and_may_be_cached() -> None:
    async with serve(FakeDesk()) as server:
        _, html, _ = await get(server, "/")
        wanted = set(re.findall(r'(?:src|href)="(/[^"]+)"', html))
        _, widget, _ = await get(server, "/widget.js")
        wanted |= {"/widget/" + name for name in re.findall(r'from "\./widget/([\w.]+)"', widget)}
        wanted |= {"/widget/" + name for name in re.findall(r'import\("\./widget/([\w.-]+)"', widget)}
        wanted |= await modules(server, wanted)
        assert len(wanted) >= 15
        for path in wanted:
            status, body, headers = await get(server, path)
            assert (status, bool(body)) == (200, True)
            assert headers["Access-Control-Allow-Origin"] == "*"
            assert "http://" not in body.replace("http://www.w3.org/2000/svg", "")
            again, _, _ = await get(server, path, **{"If-None-Match": headers["ETag"]})
            assert again == 304


async def test_demo_identities_are_made_for_visitors_of_this_machine() -> None:
    async with serve(FakeDesk(), demo=token_of) as server:
        _, html, _ = await get(server, "/")
        assert '"ada"' in unescape(html)
        async with server.http.post(f"{server.url}/demo/identity", json={"who": "ada"}) as response:
            assert (response.status, await response.json()) == (200, {"identity": "jwt-ada"})
        async with server.http.post(f"{server.url}/demo/identity", json={"who": "eve"}) as response:
            assert response.status == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "shop.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"X-Forwarded-For": "198.51.100.1"},
        {"Forwarded": "for=198.51.100.1"},
        {"Via": "1.1 proxy"},
        {"Origin": "https://evil.example"},
    ],
)
async def test_demo_identities_are_refused_to_anybody_else(headers: dict[str, str]) -> None:
    async with serve(FakeDesk(), demo=token_of) as server:
        url = f"{server.url}/demo/identity"
        async with server.http.post(url, json={"who": "ada"}, headers=headers) as response:
            assert response.status == 403
            assert (await response.json())["error"]["code"] == "origin_refused"
        if "Origin" not in headers:
            assert 'data-visitors="{}"' in (await get(server, "/", **headers))[1]


async def test_a_business_without_visitors_has_no_demo_identities() -> None:
    async with serve(FakeDesk()) as server:
        assert 'data-visitors="{}"' in (await get(server, "/"))[1]
        async with server.http.post(f"{server.url}/demo/identity", json={"who": "ada"}) as response:
            assert response.status == 403
