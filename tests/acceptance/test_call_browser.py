"""The page's call button in a real browser with a fake microphone, against a socket that speaks the wire."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Browser, Locator, expect

from channels.chat.settings import ChatSettings
from tests.support.browser import Visit, chromium, visit
from tests.support.chat_server import Server, serve
from tests.support.fake_desk import FakeDesk
from tests.support.voice_line import RATE, VoiceLine, crossings, rms, tone, write_wav

pytestmark = pytest.mark.browser

FAKE_DEVICE = "--use-fake-device-for-media-stream"
FAKE_CONSENT = "--use-fake-ui-for-media-stream"
MICROPHONE_RATE = 48_000
BURST_S, PAUSE_S = 1.5, 0.5
LOUD = 0.25

# What the page does with microphones, sockets and speakers, noted down by the browser itself.
WATCH = """
window.seen = { wishes: [], streams: [], cleared: 0, silent: 0 };
const devices = navigator.mediaDevices;
const ask = devices.getUserMedia.bind(devices);
devices.getUserMedia = async (wishes) => {
  seen.wishes.push(wishes);
  // The browser's own processing would change the level that is measured here.
  const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 };
  const stream = await ask({ audio: plain });
  seen.streams.push(stream);
  return stream;
};
window.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", ({ data }) => {
      if (typeof data === "string" && JSON.parse(data).type === "clear") seen.cleared = performance.now();
    });
  }
};
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (to, ...more) {
  if (to instanceof AudioDestinationNode) {
    seen.ear = new AnalyserNode(this.context, { fftSize: 2048 });
    connect.call(this, seen.ear);
  }
  return connect.call(this, to, ...more);
};
window.loudness = (count) => {
  const wave = new Float32Array(2048);
  seen.ear.getFloatTimeDomainData(wave);
  return Math.sqrt(wave.slice(-count).reduce((sum, x) => sum + x * x, 0) / count);
};
window.pitch = () => {
  const bins = new Float32Array(1024);
  seen.ear.getFloatFrequencyData(bins);
  return (bins.indexOf(Math.max(...bins)) * seen.ear.context.sampleRate) / 2048;
};
"""


@pytest.fixture
def microphone(tmp_path: Path) -> Path:
    """A file for the fake microphone: silence, 1 kHz, silence, and a tone no 16 kHz stream can hold."""
    quiet = bytes(2 * int(MICROPHONE_RATE * PAUSE_S))
    bursts = [tone(hertz, BURST_S, rate=MICROPHONE_RATE, amplitude=LOUD) for hertz in (1_000, 10_500)]
    write_wav(tmp_path / "microphone.wav", quiet + quiet.join(bursts), rate=MICROPHONE_RATE)
    return tmp_path / "microphone.wav"


@pytest.fixture
async def browser(microphone: Path) -> AsyncIterator[Browser]:
    sound = f"--use-file-for-fake-audio-capture={microphone}"
    async with chromium(FAKE_DEVICE, FAKE_CONSENT, sound) as running:
        yield running


class Phone:
    """The page with its call panel, and the line it calls."""

    def __init__(self, tab: Visit, line: VoiceLine, server: Server) -> None:
        self.tab = tab
        self.line = line
        self.server = server
        self.panel = tab.page.get_by_role("region", name="Phone call")
        self.caller = tab.page.get_by_role("button", name="Call us")

    def key(self, name: str) -> Locator:
        return self.panel.get_by_role("button", name=name, exact=True)

    async def call(self) -> None:
        await self.caller.click()
        await self.shows("Listening")

    async def shows(self, state: str) -> None:
        await expect(self.panel.locator(".call-state")).to_have_text(state)

    async def ended(self, title: str, advice: str) -> None:
        await self.shows(title)
        await expect(self.panel.locator(".hint")).to_contain_text(advice)
        await expect(self.key("Call again")).to_be_focused()

    async def released(self) -> None:
        """Every microphone was let go."""
        await self.tab.page.wait_for_function(
            "() => seen.streams.every(s => s.getTracks().every(t => t.readyState === 'ended'))"
        )

    async def run(self, script: str) -> Any:
        return await self.tab.page.evaluate(script)


@asynccontextmanager
async def phone(
    browser: Browser, *, watch: str = WATCH, demo: bool = False, **options: Any
) -> AsyncIterator[Phone]:
    """Open the page on a gateway that takes calls."""
    line = VoiceLine()
    identities = (lambda who: f"jwt-{who}") if demo else None
    async with (
        serve(FakeDesk(), voice=True, more=[line.route()], demo=identities) as server,
        visit(browser, "about:blank", **options) as tab,
    ):
        await tab.page.add_init_script(watch)
        await tab.page.goto(server.url)
        yield Phone(tab, line, server)


def bursts(audio: bytearray) -> list[tuple[float, float]]:
    """Return (start, length) in seconds of what is louder than silence, by 10 ms."""
    step = RATE // 50
    loud = [rms(audio[at : at + step]) > 0.01 for at in range(0, len(audio) - step, step)]
    found, start = [], None
    for index, on in enumerate([*loud, False]):
        if on and start is None:
            start = index
        elif not on and start is not None:
            found.append((start / 100, (index - start) / 100))
            start = None
    return found


async def test_the_microphone_arrives_at_16_khz_with_its_length_and_level(browser: Browser) -> None:
    async with phone(browser) as page:
        await page.call()
        line = page.line
        await line.until(lambda: len(bursts(line.audio)) >= 1 and line.seconds > 6, patience=20)
        hello = line.hellos[0]
        assert hello == {"type": "hello", "rate": RATE, "token": None, "identity": None, "language": "en-US"}
        assert {size for _, size in line.frames} == {1024}
        heard = [
            (at, long) for at, long in bursts(line.audio) if at > 0.05 and at + long < line.seconds - 0.05
        ]
        assert heard, "no whole burst was heard"
        for at, long in heard:
            assert long == pytest.approx(BURST_S, rel=0.05)
            middle = line.audio[int((at + 0.1) * RATE) * 2 : int((at + long - 0.1) * RATE) * 2]
            assert crossings(middle) == pytest.approx(1_000, rel=0.01)
            assert rms(middle) == pytest.approx(LOUD / 2**0.5, rel=0.05)
        # The other tone lies above 8 kHz: it must not come back as one of 5.5 kHz.
        assert all(b - a > 2 * PAUSE_S + BURST_S for (a, _), (b, _) in pairwise(heard))
        first, last = line.frames[0][0], line.frames[-1][0]
        assert (len(line.frames) - 1) * 0.032 == pytest.approx(last - first, rel=0.05)
        wishes = (await page.run("seen.wishes"))[0]["audio"]
        assert wishes == dict.fromkeys(("echoCancellation", "noiseSuppression", "autoGainControl"), True) | {
            "channelCount": 1
        }
        assert page.tab.complaints == []


RESAMPLED = """async ([from, to, hertz]) => {
  const { Resampler } = await import("/widget/resampler.js");
  const resampler = new Resampler(from, to);
  const [block, out] = [new Float32Array(128), new Float32Array(to)];
  let end = 0;
  for (let at = 0; at < from; at += 128) {
    resampler.push(block.map((_, i) => Math.sin((2 * Math.PI * hertz * (at + i)) / from)));
    end = resampler.pull(out, end);
  }
  const middle = out.slice(500, end - 100);
  const off = (at) => middle[at - 500] - Math.sin((2 * Math.PI * hertz * at) / to);
  const power = (values) => 10 * Math.log10((2 * values.reduce((sum, x) => sum + x * x, 0)) / values.length);
  return [end, power(middle), power(middle.map((_, i) => off(i + 500)))];
}"""


async def test_every_device_rate_is_brought_over_cleanly(browser: Browser) -> None:
    ways = [(48_000, RATE), (44_100, RATE), (96_000, RATE), (RATE, 44_100), (RATE, 48_000)]
    async with phone(browser) as page:
        for come, go in ways:
            for hertz in (200, 1_000, 3_400, 6_000):
                count, level, error = await page.tab.page.evaluate(RESAMPLED, [come, go, hertz])
                assert count == pytest.approx(go, abs=150)
                assert level == pytest.approx(0, abs=0.05)
                assert error < -65
            alias = await page.tab.page.evaluate(RESAMPLED, [come, go, 8_100])
            assert come < go or alias[1] < -60


async def test_a_reply_is_played_reported_and_shown(browser: Browser) -> None:
    async with phone(browser) as page:
        await page.call()
        line = page.line
        await line.tell("speech_started")
        await line.tell("transcript", text="Where is", final=False)
        await expect(page.panel.locator(".partial")).to_contain_text("Where is")
        await line.tell("speech_stopped")
        await page.shows("One moment…")
        await line.tell("transcript", text="Where is my order 1042?", final=True)
        await line.say("It is on its way.", tone(600, 1.0), end=False)
        await line.say("It comes on Monday.", tone(600, 1.0))
        await page.shows("Speaking")
        await page.tab.page.wait_for_function("() => loudness(1024) > 0.15")
        assert await page.run("pitch()") == pytest.approx(600, abs=30)
        assert await page.run("loudness(2048)") == pytest.approx(LOUD / 2**0.5, rel=0.15)
        log = page.panel.get_by_role("log")
        await expect(log).to_contain_text("You: Where is my order 1042?")
        await expect(log).to_contain_text("Assistant: It is on its way.")
        await line.until(lambda: 2_000 in line.played)
        await expect(log).to_contain_text("It comes on Monday.")
        await expect(page.panel.locator(".partial")).to_be_empty()
        await page.shows("Listening")
        assert line.played == sorted(set(line.played))
        steps = [b - a for a, b in pairwise(line.played)]
        assert max(steps) <= 120
        await line.say("Anything else?", tone(600, 0.3), turn="next")
        await line.until(lambda: line.played[-1] == 300)
        assert page.tab.complaints == []


async def test_clear_silences_at_once_and_marks_the_sentence(browser: Browser) -> None:
    async with phone(browser) as page:
        await page.call()
        line = page.line
        await page.run(
            "setInterval(() => {"
            " if (seen.cleared && !seen.silent && loudness(128) < 1e-4) seen.silent = performance.now();"
            "}, 5)"
        )
        await line.say("A long story.", tone(600, 5.0), end=False)
        await line.say("And its end, which is never heard.", tone(600, 1.0))
        await line.until(lambda: bool(line.played) and line.played[-1] >= 400)
        await line.tell("speech_started")
        await line.tell("clear")
        await page.tab.page.wait_for_function("() => seen.silent")
        assert await page.run("seen.silent - seen.cleared") < 100
        await page.shows("Listening")
        await expect(page.panel.get_by_text("interrupted")).to_be_visible()
        await expect(page.panel.get_by_text("never heard")).to_have_count(0)
        await line.tell("error", code="too_quiet", message="The caller can hardly be heard.")
        await expect(page.panel.locator(".hint")).to_contain_text("Speak up")
        before = len(line.played)
        await line.say("Yes?", tone(600, 0.5), turn="next")
        await line.until(lambda: line.played[-1] == 500)
        assert all(ms <= 500 for ms in line.played[before:])


async def test_what_the_line_wants_known_is_shown(browser: Browser) -> None:
    async with phone(browser) as page:
        page.line.notice = "It understands <b>synthetic</b> test speech alone."
        await page.call()
        await expect(page.panel.get_by_text(page.line.notice)).to_be_visible()


async def test_hanging_up_releases_the_microphone_and_notes_the_call(browser: Browser) -> None:
    async with phone(browser) as page:
        await page.call()
        await page.line.until(lambda: page.line.seconds > 0.3)
        assert await page.run("seen.streams[0].getTracks()[0].readyState") == "live"
        await page.key("Hang up").click()
        await page.line.until(lambda: page.line.closes == [1000])
        assert page.line.controls[-1] == {"type": "hangup"}
        await page.released()
        await expect(page.panel).to_have_count(0)
        await expect(page.tab.log).to_contain_text("Phone call, 0:0")
        await expect(page.caller).to_be_focused()
        await page.call()
        await page.line.until(lambda: len(page.line.hellos) == 2)
        assert page.line.hellos[1]["token"] == "t1"


async def test_mute_sends_silence_and_keys_are_sent(browser: Browser) -> None:
    async with phone(browser) as page:
        await page.call()
        line = page.line
        await page.key("Mute").click()
        await page.shows("You are muted")
        await expect(page.key("Unmute")).to_have_attribute("aria-pressed", "true")
        quiet_from = len(line.audio) + RATE
        await line.until(lambda: len(line.audio) > quiet_from + 2 * RATE * 2)
        assert rms(line.audio[quiet_from:]) == 0
        await page.key("Unmute").click()
        await page.key("Keypad").click()
        for name in ("1", "0", "Star"):
            await page.key(name).click()
        await page.tab.page.keyboard.press("#")
        await line.until(lambda: line.controls[-1] == {"type": "dtmf", "digit": "#"})
        assert [frame["digit"] for frame in line.controls if frame["type"] == "dtmf"] == ["1", "0", "*", "#"]
        await expect(page.panel.locator(".pressed")).to_have_text("10*#")
        await page.tab.page.keyboard.press("Escape")
        await expect(page.key("Star")).to_have_count(0)
        await expect(page.key("Keypad")).to_be_focused()


async def test_the_keyboard_is_enough(browser: Browser) -> None:
    async with phone(browser) as page:
        await page.caller.press("Enter")
        await page.shows("Listening")
        await expect(page.panel).to_be_focused()
        keyboard = page.tab.page.keyboard
        names = []
        for _ in range(4):
            await keyboard.press("Tab")
            names.append(
                await page.run(
                    "document.querySelector('switchboard-chat').shadowRoot.activeElement.textContent"
                )
            )
        assert names[1:] == ["Mute", "Keypad", "Hang up"]
        await keyboard.press("Enter")
        await page.line.until(lambda: page.line.closes == [1000])
        await expect(page.caller).to_be_focused()


async def test_the_other_side_may_end_it_after_its_last_word(browser: Browser) -> None:
    async with phone(browser) as page:
        await page.call()
        await page.line.say("Goodbye.", tone(600, 0.6))
        await page.shows("Speaking")
        await page.line.socket.close()
        await page.released()
        await expect(page.panel.get_by_text("Goodbye.")).to_be_visible()
        await page.ended("Call ended", "Thank you for calling.")
        await page.key("Back to the chat").click()
        await expect(page.tab.log).to_contain_text("Phone call, 0:0")
        await expect(page.tab.input).to_be_visible()


REFUSALS: tuple[tuple[dict[str, Any] | None, int, str, str], ...] = (
    ({"code": "busy", "message": "Busy.", "retry_after": 30.0}, 4429, "All lines are busy", "30 s"),
    (None, 4403, "No calls from here", "not allowed"),
    (None, 1012, "The line was interrupted", "restarting"),
    ({"code": "internal", "message": "Broken."}, 1011, "Something went wrong", "our fault"),
)


async def test_a_refused_call_is_explained_and_may_be_tried_again(browser: Browser) -> None:
    async with phone(browser) as page:
        dial = page.caller
        for error, code, title, advice in REFUSALS:
            page.line.refuse.append((error, code))
            await dial.click()
            await page.ended(title, advice)
            await page.released()
            dial = page.key("Call again")
        await dial.click()
        await page.shows("Listening")
        assert len(page.line.hellos) == len(REFUSALS) + 1


async def test_a_broken_line_ends_the_call_and_the_next_one_goes_on(browser: Browser) -> None:
    async with phone(browser) as page:
        await page.call()
        transport = page.line.socket._req.transport  # type: ignore[union-attr]
        assert transport is not None
        transport.abort()
        await page.ended("The connection broke off", "go on where we were")
        await page.released()
        assert len(page.line.hellos) == 1
        page.line.refuse.append(({"code": "unknown_session", "message": "Gone."}, 4401))
        await page.key("Call again").click()
        await page.shows("Listening")
        assert [hello["token"] for hello in page.line.hellos] == [None, "t1", None]


async def test_a_transfer_shows_the_number_also_after_the_call(browser: Browser) -> None:
    async with phone(browser) as page:
        await page.call()
        await page.line.tell("status", seq=3, status="human")
        await page.shows("A colleague has the conversation")
        await page.line.tell("transfer", to="+49 30 1234567")
        link = page.panel.get_by_role("link", name="+49 30 1234567")
        assert await link.get_attribute("href") == "tel:+49301234567"
        await page.line.socket.close()
        await page.shows("Call ended")
        await expect(link).to_be_visible()


async def test_who_calls_is_who_chats(browser: Browser) -> None:
    async with phone(browser, demo=True) as page:
        await page.tab.page.get_by_text("Ada", exact=True).click()
        await page.call()
        assert page.line.hellos[0]["identity"] == "jwt-ada"
        await page.tab.page.get_by_text("Bob", exact=True).click()
        await page.line.until(lambda: page.line.closes == [1000])
        await page.released()
        await page.call()
        second = page.line.hellos[1]
        assert (second["token"], second["identity"]) == (None, "jwt-bob")


FAILURES = (
    ("NotAllowedError", "Permission denied by system", "The microphone is blocked", "privacy settings"),
    ("NotFoundError", "none", "No microphone found", "Plug in"),
    ("NotReadableError", "taken", "The microphone is in use", "Another program"),
    ("UnknownError", "odd", "The microphone did not start", "Reload"),
)


async def test_a_missing_microphone_is_explained(browser: Browser) -> None:
    watch = (
        "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException(...window.failure); };"
    )
    async with phone(browser, watch=watch) as page:
        dial = page.caller
        for name, message, title, advice in FAILURES:
            await page.tab.page.evaluate("failure => { window.failure = failure; }", [message, name])
            await dial.click()
            await page.ended(title, advice)
            dial = page.key("Call again")
        assert page.line.hellos == []
        await page.key("Back to the chat").click()
        await expect(page.tab.log).not_to_contain_text("Phone call")


async def test_a_refused_microphone_is_explained() -> None:
    async with chromium(FAKE_DEVICE, "--deny-permission-prompts") as refusing, phone(refusing) as page:
        await page.caller.click()
        await page.ended("The microphone is blocked", "Allow it with the icon")
        assert page.line.hellos == []


async def test_an_insecure_page_is_explained(browser: Browser) -> None:
    watch = "Object.defineProperty(navigator, 'mediaDevices', { value: undefined });"
    watch += "Object.defineProperty(window, 'isSecureContext', { value: false });"
    async with phone(browser, watch=watch) as page:
        await page.caller.click()
        await page.ended("Calls need a secure page", "https")


async def test_an_unplugged_microphone_is_replaced_or_missed(browser: Browser) -> None:
    async with phone(browser) as page:
        await page.call()
        await page.run("seen.streams[0].getTracks()[0].onended()")
        await page.tab.page.wait_for_function("() => seen.streams.length === 2")
        heard = page.line.seconds
        await page.line.until(lambda: page.line.seconds > heard + 0.5)
        await page.run(
            "navigator.mediaDevices.getUserMedia = async () => {"
            " throw new DOMException('', 'NotFoundError');"
            "};"
            "seen.streams[1].getTracks()[0].onended()"
        )
        await page.ended("No microphone found", "Plug in")


async def test_a_dead_microphone_is_noticed(tmp_path: Path) -> None:
    write_wav(tmp_path / "dead.wav", bytes(2 * MICROPHONE_RATE), rate=MICROPHONE_RATE)
    sound = f"--use-file-for-fake-audio-capture={tmp_path / 'dead.wav'}"
    async with chromium(FAKE_DEVICE, FAKE_CONSENT, sound) as running, phone(running) as page:
        await page.tab.page.clock.install()
        await page.call()
        await page.tab.page.clock.run_for(6_000)
        await expect(page.panel.locator(".hint")).to_contain_text("Is it switched off?")


async def test_without_voice_there_is_no_button(browser: Browser) -> None:
    async with serve(FakeDesk()) as server, visit(browser, "about:blank") as tab:
        async with tab.page.expect_response("**/widget/config.json") as answered:
            await tab.page.goto(server.url)
        assert await (await answered.value).json() == {"voice": False}
        await expect(tab.page.get_by_role("button", name="Call us")).to_have_count(0)
        assert tab.complaints == []


async def test_it_fits_a_phone_in_german(browser: Browser) -> None:
    small: dict[str, Any] = {
        "viewport": {"width": 360, "height": 640},
        "is_mobile": True,
        "has_touch": True,
        "locale": "de-DE",
    }
    async with phone(browser, demo=True, **small) as page:
        await page.tab.page.get_by_role("button", name="Anrufen").tap()
        panel = page.tab.page.get_by_role("region", name="Telefonat")
        await expect(panel.locator(".call-state")).to_have_text("Hört zu")
        await panel.get_by_role("button", name="Tasten").tap()
        for name in ("Stumm", "Auflegen", "Raute"):
            await expect(panel.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
        wide = await page.run("document.documentElement.scrollWidth")
        tall = await page.run("document.documentElement.scrollHeight")
        assert (wide, tall) == (360, 640)


HOST_PAGE = """<!doctype html><title>Another site</title>
<script type="module" src="GATEWAY/widget.js"></script><switchboard-chat></switchboard-chat>"""


async def test_another_site_can_call_and_the_call_outlives_the_closed_panel(browser: Browser) -> None:
    pages: dict[str, str] = {}

    async def host(_request: web.Request) -> web.Response:
        return web.Response(text=pages["host"], content_type="text/html")

    site = web.Application()
    site.add_routes([web.get("/", host)])
    runner = web.AppRunner(site)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    line = VoiceLine()
    try:
        async with serve(
            FakeDesk(), ChatSettings(origins=(origin,)), voice=True, more=[line.route()]
        ) as server:
            pages["host"] = HOST_PAGE.replace("GATEWAY", server.url)
            async with visit(browser, origin) as tab:
                await tab.page.get_by_role("button", name="Open chat").click()
                await tab.page.get_by_role("button", name="Call us").click()
                await line.until(lambda: line.seconds > 0.5)
                await tab.page.keyboard.press("Escape")
                heard = line.seconds
                await line.until(lambda: line.seconds > heard + 0.5)
                await tab.page.get_by_role("button", name="call in progress").click()
                await tab.page.get_by_role("button", name="Hang up").click()
                await line.until(lambda: line.closes == [1000])
    finally:
        await runner.cleanup()
