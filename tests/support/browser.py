"""The system's Chromium for tests; skips, and says so, where there is none."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium() -> str:
    """Return the path of the system's Chromium; skips the test where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("there is no Chromium on this machine: the page is not driven")
    return found


@asynccontextmanager
async def chromium(*more: str) -> AsyncIterator[Browser]:
    """Run a headless Chromium, with more command line switches where a test needs them."""
    path = find_chromium()
    async with async_playwright() as playwright:
        args = [*ARGUMENTS, *more]
        browser = await playwright.chromium.launch(executable_path=path, headless=True, args=args)
        try:
            yield browser
        finally:
            await browser.close()


class Visit:
    """One tab, and everything its console complained about."""

    def __init__(self, context: BrowserContext, page: Page) -> None:
        self.context = context
        self.page = page
        self.complaints: list[str] = []
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.set_default_timeout(5_000)

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    @property
    def input(self) -> Any:
        return self.page.get_by_role("textbox")

    @property
    def log(self) -> Any:
        return self.page.get_by_role("log")

    async def say(self, text: str) -> None:
        await self.input.fill(text)
        await self.input.press("Enter")

    async def sees(self, text: str, count: int = 1) -> None:
        """Wait until the log holds this text so many times."""
        from playwright.async_api import expect

        await expect(self.log.get_by_text(text, exact=True)).to_have_count(count)


@asynccontextmanager
async def visit(browser: Browser, url: str, **options: Any) -> AsyncIterator[Visit]:
    """Open a page in a fresh profile."""
    options = {"viewport": {"width": 1280, "height": 800}, "locale": "en-US", **options}
    context = await browser.new_context(**options)
    tab = Visit(context, await context.new_page())
    await tab.page.goto(url)
    try:
        yield tab
    finally:
        await context.close()
