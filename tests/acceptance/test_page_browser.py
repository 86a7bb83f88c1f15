"""The page and its widget in a real browser, against a real server with a desk in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from aiohttp import web
from playwright.async_api import Browser, FilePayload, expect

from channels.chat.settings import ChatSettings, Rate
from orchestrator.conversation.event_bus import Posted
from tests.support.browser import Visit, chromium, visit
from tests.support.chat_server import eventually, serve
from tests.support.fake_desk import Conversation, FakeDesk, echo

pytestmark = pytest.mark.browser

XSS = (
    "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    " **b** [l](javascript:alert(1))"
)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


async def test_a_talk_with_pieces_then_the_message_and_a_reload(browser: Browser) -> None:
    finish = asyncio.Event()

    async def slow(desk: FakeDesk, conversation: Conversation, message: Posted) -> None:
        await finish.wait()
        await echo(desk, conversation, message)

    desk = FakeDesk(answer=slow, pause=0.02)
    desk.citations = ({"id": "returns#how-long", "title": "Returns"},)
    async with serve(desk) as server, visit(browser, server.url) as tab:
        await expect(tab.page.get_by_text("not a language model")).to_be_visible()
        await tab.say("Where is my order 1042?")
        await tab.sees("Where is my order 1042?")
        finish.set()
        await expect(tab.page.locator(".draft")).to_contain_text("You said:")
        await tab.sees("You said: Where is my order 1042?")
        await expect(tab.page.locator(".draft")).to_have_count(0)
        await expect(tab.log.get_by_text("Returns")).to_be_visible()
        await tab.page.reload()
        await tab.sees("Where is my order 1042?")
        await tab.sees("You said: Where is my order 1042?")
        await tab.say("And now?")
        await tab.sees("You said: And now?")
        assert len(desk.sessions) == 1
        assert tab.complaints == []


async def test_what_looks_like_markup_is_text(browser: Browser) -> None:
    desk = FakeDesk()
    desk.citations = ({"title": XSS},)
    async with serve(desk) as server, visit(browser, server.url) as tab:
        await tab.say(f"{XSS} https://example.com/path).")
        await expect(tab.log.locator(".sources")).to_contain_text("onerror")
        assert await tab.page.title() != "owned"
        assert await tab.log.locator("img, script, b").count() == 0
        links = tab.log.locator("a")
        await expect(links).to_have_count(2)
        assert await links.first.get_attribute("href") == "https://example.com/path"
        assert "noopener" in (await links.first.get_attribute("rel") or "")
        assert tab.complaints == []


async def test_the_keyboard_is_enough(browser: Browser) -> None:
    desk = FakeDesk()
    async with serve(desk) as server, visit(browser, server.url) as tab:
        keyboard = tab.page.keyboard
        for _ in range(12):
            await keyboard.press("Tab")
            if await tab.input.evaluate("input => input === input.getRootNode().activeElement"):
                break
        await keyboard.type("first line")
        await keyboard.press("Shift+Enter")
        await keyboard.type("second line")
        assert desk.inbound == []
        await keyboard.press("Enter")
        await eventually(lambda: [found.text for found in desk.inbound] == ["first line\nsecond line"])
        await expect(tab.input).to_be_focused()
        await expect(tab.input).to_have_value("")


async def test_offline_keeps_the_message_and_sends_it_once(browser: Browser) -> None:
    desk = FakeDesk()
    async with serve(desk) as server, visit(browser, server.url) as tab:
        await tab.say("before")
        await tab.sees("You said: before")
        await tab.context.set_offline(True)
        await expect(tab.page.get_by_text("You are offline")).to_be_visible()
        await tab.say("meanwhile")
        await expect(tab.log.get_by_text("Will be sent when")).to_be_visible()
        await tab.context.set_offline(False)
        await tab.sees("You said: meanwhile")
        await tab.sees("meanwhile")
        assert [found.text for found in desk.inbound] == ["before", "meanwhile"]
        await expect(tab.log.get_by_text("Will be sent when")).to_have_count(0)


async def test_a_message_from_before_a_reload_is_sent_after_it(browser: Browser) -> None:
    desk = FakeDesk()
    async with serve(desk) as server, visit(browser, server.url) as tab:
        await expect(tab.page.get_by_text("not a language model")).to_be_visible()
        await tab.context.set_offline(True)
        await tab.say("kept")
        await tab.context.set_offline(False)
        await tab.page.reload()
        await tab.sees("You said: kept")
        assert len(desk.inbound) == 1


async def test_a_restarted_server_is_found_again(browser: Browser) -> None:
    desk = FakeDesk()
    async with AsyncExitStack() as first_run:
        first = await first_run.enter_async_context(serve(desk))
        async with visit(browser, first.url) as tab:
            await tab.say("before")
            await tab.sees("You said: before")
            await first_run.aclose()
            await expect(tab.page.get_by_text("Connection lost")).to_be_visible()
            await tab.say("after")
            async with serve(desk, port=int(first.url.rpartition(":")[2])):
                await tab.sees("You said: after")
                await tab.sees("before")
        assert len(desk.inbound) == 2


async def test_a_rate_limit_is_told_kindly_and_the_message_goes_out_later(browser: Browser) -> None:
    desk = FakeDesk()
    settings = ChatSettings(session_messages=Rate(burst=1, per_minute=60))
    async with serve(desk, settings) as server, visit(browser, server.url) as tab:
        await tab.say("one")
        await tab.sees("You said: one")
        await tab.say("two")
        await expect(tab.page.get_by_text("That was a little fast.")).to_be_visible()
        await expect(tab.log.get_by_text("Will be sent in 1 s")).to_be_visible()
        server.clock.now += 1.0
        await tab.sees("You said: two")
        assert [found.text for found in desk.inbound] == ["one", "two"]


async def test_a_lost_session_begins_anew_and_loses_no_message(browser: Browser) -> None:
    desk = FakeDesk()
    async with serve(desk) as server, visit(browser, server.url) as tab:
        await tab.say("old")
        await tab.sees("You said: old")
        desk.sessions.clear()
        await tab.page.reload()
        await expect(tab.log.get_by_text("Your earlier conversation has expired")).to_be_visible()
        await tab.say("new")
        await tab.sees("You said: new")


async def test_status_and_operators_are_shown(browser: Browser) -> None:
    desk = FakeDesk(answer=None)
    async with serve(desk) as server, visit(browser, server.url, locale="de-DE") as tab:
        await tab.say("Ich möchte mit einem Menschen sprechen")
        await eventually(lambda: len(desk.inbound) == 1)
        conversation = desk.only_conversation()
        desk.set_status(conversation, "human")
        desk.post(conversation, author="operator", text="Guten Tag, hier ist Kim.")
        await tab.sees("Guten Tag, hier ist Kim.")
        await expect(tab.page.get_by_text("An unser Team übergeben")).to_be_visible()
        await expect(tab.page.get_by_text("kein Sprachmodell")).to_be_visible()


async def test_ada_is_another_session_and_stays_herself_over_a_reload(browser: Browser) -> None:
    desk = FakeDesk()
    async with serve(desk, demo=lambda who: f"jwt-{who}") as server, visit(browser, server.url) as tab:
        await tab.say("anonymous words")
        await tab.sees("You said: anonymous words")
        await tab.page.get_by_text("Ada", exact=True).click()
        await tab.sees("anonymous words", 0)
        await tab.say("Ada's words")
        await tab.sees("You said: Ada's words")
        assert [session.trust for session in desk.sessions.values()] == [0, 3]
        await tab.page.reload()
        await tab.sees("You said: Ada's words")
        await expect(tab.page.get_by_role("radio", name="Ada")).to_be_checked()
        assert len(desk.sessions) == 2
        assert tab.complaints == []


async def test_the_next_person_at_the_same_page_sees_nothing_of_who_was_signed_in(browser: Browser) -> None:
    desk = FakeDesk()
    async with serve(desk, demo=lambda who: f"jwt-{who}") as server, visit(browser, server.url) as tab:
        await tab.page.get_by_text("Ada", exact=True).click()
        await tab.say("Where is my order 1042?")
        await tab.sees("You said: Where is my order 1042?")
        await tab.page.evaluate("sessionStorage.removeItem('who')")
        await tab.page.reload()
        await expect(tab.page.get_by_text("not a language model")).to_be_visible()
        await tab.say("Who was here?")
        await tab.sees("You said: Who was here?")
        await tab.sees("Where is my order 1042?", 0)
        assert len({found.session_id for found in desk.inbound}) == 2


async def test_unsent_words_of_who_was_signed_in_are_not_kept_for_the_next_person(browser: Browser) -> None:
    desk = FakeDesk()
    async with serve(desk, demo=lambda who: f"jwt-{who}") as server, visit(browser, server.url) as tab:
        await tab.page.get_by_text("Ada", exact=True).click()
        await tab.say("hello")
        await tab.sees("You said: hello")
        await tab.context.set_offline(True)
        await tab.say("my secret")
        await tab.context.set_offline(False)
        await tab.page.evaluate("sessionStorage.removeItem('who')")
        await tab.page.reload()
        await tab.say("next")
        await tab.sees("You said: next")
        await tab.sees("my secret", 0)
        assert "my secret" not in [
            found.text for found in desk.inbound[1:] if found.session_id != desk.inbound[0].session_id
        ]


HOST = """<!doctype html><title>Shop</title>
<script type="module" src="/widget.js"></script>
<switchboard-chat mode="inline" remember="device" ATTRIBUTES></switchboard-chat>"""


def hosted(attributes: str = "") -> list[web.RouteDef]:
    async def page(_request: web.Request) -> web.Response:
        return web.Response(text=HOST.replace("ATTRIBUTES", attributes), content_type="text/html")

    async def signed_in(_request: web.Request) -> web.Response:
        return web.Response(text=HOST.replace("ATTRIBUTES", 'identity="jwt-ada"'), content_type="text/html")

    return [web.get("/shop", page), web.get("/shop/ada", signed_in)]


async def test_signing_out_ends_it_in_every_tab(browser: Browser) -> None:
    desk = FakeDesk()
    async with serve(desk, more=hosted()) as server, visit(browser, f"{server.url}/shop/ada") as tab:
        await tab.say("Where is my order 1042?")
        await tab.sees("You said: Where is my order 1042?")
        other = Visit(tab.context, await tab.context.new_page())
        await other.page.goto(f"{server.url}/shop/ada")
        await other.sees("You said: Where is my order 1042?")
        await tab.page.evaluate("document.querySelector('switchboard-chat').signOut()")
        await other.sees("You have signed out; this is a new conversation.")
        for each, words in ((tab, "Mine"), (other, "Yours")):
            await each.sees("You said: Where is my order 1042?", 0)
            assert await each.page.evaluate("document.querySelector('switchboard-chat').identity") is None
            await each.say(words)
            await each.sees(f"You said: {words}")
        assert len(desk.owners) == 1
        assert all(token not in desk.sessions for token in desk.owners)
        third = Visit(tab.context, await tab.context.new_page())
        await third.page.goto(f"{server.url}/shop")
        await expect(third.page.get_by_text("not a language model")).to_be_visible()
        await third.sees("You said: Where is my order 1042?", 0)


async def test_a_new_tab_without_identity_begins_anew_on_a_device_that_remembers(browser: Browser) -> None:
    desk = FakeDesk()
    async with serve(desk, more=hosted()) as server, visit(browser, f"{server.url}/shop/ada") as tab:
        await tab.say("Where is my order 1042?")
        await tab.sees("You said: Where is my order 1042?")
        other = Visit(tab.context, await tab.context.new_page())
        await other.page.goto(f"{server.url}/shop")
        await other.say("Who was here?")
        await other.sees("You said: Who was here?")
        await other.sees("Where is my order 1042?", 0)


async def test_signing_in_keeps_the_conversation_and_taking_the_identity_away_ends_it(
    browser: Browser,
) -> None:
    desk = FakeDesk()
    async with serve(desk, more=hosted()) as server, visit(browser, f"{server.url}/shop") as tab:
        await tab.say("anonymous words")
        await tab.sees("You said: anonymous words")
        [before] = desk.sessions
        await tab.page.evaluate("document.querySelector('switchboard-chat').identity = () => 'jwt-ada'")
        await eventually(lambda: before not in desk.sessions)
        await tab.say("Ada's words")
        await tab.sees("You said: Ada's words")
        await tab.sees("You said: anonymous words")
        await tab.page.evaluate("document.querySelector('switchboard-chat').identity = null")
        await tab.sees("You said: Ada's words", 0)
        await tab.say("next")
        await tab.sees("You said: next")
        assert len({found.session_id for found in desk.inbound}) == 2


async def test_the_chat_waits_where_its_host_does_not_know_yet_who_is_signed_in(browser: Browser) -> None:
    desk = FakeDesk()
    more = hosted('identity=""')
    async with serve(desk, more=more) as server, visit(browser, f"{server.url}/shop") as tab:
        await tab.say("early words")
        assert not desk.sessions
        await tab.page.evaluate("document.querySelector('switchboard-chat').identity = 'jwt-ada'")
        await tab.sees("You said: early words")
        assert list(desk.owners.values()) == ["jwt-ada"]


async def test_a_file_goes_with_the_message(browser: Browser) -> None:
    desk = FakeDesk()
    async with serve(desk) as server, visit(browser, server.url) as tab:
        await expect(tab.page.get_by_text("not a language model")).to_be_visible()
        picture = FilePayload(name="photo.png", mimeType="image/png", buffer=b"\x89PNG\r\n\x1a\n123")
        await tab.page.locator("input[type=file]").set_input_files(picture)
        await expect(tab.page.get_by_role("button", name="Remove photo.png")).to_be_visible()
        await tab.say("see here")
        await tab.sees("You said: see here")
        assert [found.attachments for found in desk.inbound] == [tuple(desk.files)]
        program = FilePayload(name="x.exe", mimeType="image/png", buffer=b"MZ\x00\x01")
        await tab.page.locator("input[type=file]").set_input_files(program)
        await expect(tab.log.get_by_text("Only images, PDF and plain text")).to_be_visible()


async def test_it_fits_a_phone(browser: Browser) -> None:
    desk = FakeDesk()
    phone = {"viewport": {"width": 360, "height": 640}, "is_mobile": True, "has_touch": True}
    async with serve(desk, demo=lambda who: who) as server, visit(browser, server.url, **phone) as tab:
        await tab.say("word " * 60 + "x" * 200)
        await expect(tab.log.locator(".assistant")).to_have_count(1)
        wide = await tab.page.evaluate("document.documentElement.scrollWidth")
        tall = await tab.page.evaluate("document.documentElement.scrollHeight")
        assert (wide, tall) == (360, 640)
        assert await tab.input.evaluate("input => parseFloat(getComputedStyle(input).fontSize)") >= 16
        await expect(tab.page.get_by_role("button", name="Send")).to_be_in_viewport(ratio=1)


HOST_PAGE = """<!doctype html><title>Another site</title><h1>Another site</h1>
<script type="module" src="GATEWAY/widget.js"></script>
<switchboard-chat heading="Ask us"></switchboard-chat>"""


async def test_one_script_tag_on_another_site_opens_and_closes_by_keyboard(browser: Browser) -> None:
    pages: dict[str, str] = {}

    async def host(_request: web.Request) -> web.Response:
        return web.Response(text=pages["host"], content_type="text/html")

    site = web.Application()
    site.add_routes([web.get("/", host)])
    runner = web.AppRunner(site)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with serve(FakeDesk(), ChatSettings(origins=(origin,))) as server:
            pages["host"] = HOST_PAGE.replace("GATEWAY", server.url)
            async with visit(browser, origin) as tab:
                launcher = tab.page.get_by_role("button", name="Open chat")
                await launcher.press("Enter")
                await expect(tab.input).to_be_focused()
                await tab.say("hello")
                await tab.sees("You said: hello")
                await tab.page.keyboard.press("Escape")
                await expect(tab.input).not_to_be_visible()
                await expect(launcher).to_be_focused()
        async with serve(FakeDesk()) as server:
            pages["host"] = HOST_PAGE.replace("GATEWAY", server.url)
            async with visit(browser, origin) as tab:
                await tab.page.get_by_role("button", name="Open chat").click()
                await expect(tab.page.get_by_text("not allowed to use the chat")).to_be_visible()
    finally:
        await runner.cleanup()
