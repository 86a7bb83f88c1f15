"""docs/widget.md says all that the widget offers, and nothing that it does not."""

from __future__ import annotations

import re

from switchboard.settings import ROOT

FOLDER = ROOT / "channels" / "chat" / "widget"
ELEMENT = (FOLDER / "widget.js").read_text()
STYLES = "".join(path.read_text() for path in FOLDER.glob("*style.js"))
DOCS = (ROOT / "docs" / "widget.md").read_text()
CALLBACKS = {"constructor", "connectedCallback", "disconnectedCallback", "attributeChangedCallback"}


def section(title: str) -> str:
    return DOCS.split(f"## {title}\n")[1].split("\n## ")[0]


def first_cells(title: str) -> str:
    return "\n".join(line.split(" | ")[0] for line in section(title).splitlines() if line.startswith("| `"))


def test_attributes() -> None:
    read = set(re.findall(r'(?:get|has)Attribute\("([\w-]+)"\)', ELEMENT))
    observed = re.findall(r"observedAttributes = \[(.*?)\]", ELEMENT)[0]
    assert set(re.findall(r'"([\w-]+)"', observed)) <= read
    assert set(re.findall(r"^\| `([\w-]+)", first_cells("Attributes"), re.MULTILINE)) == read


def test_methods_properties_and_events() -> None:
    cells = first_cells("Properties, methods, events")
    body = ELEMENT.split("class SwitchboardChat")[1].split("\n}\n")[0]
    methods = set(re.findall(r"^  (?:async )?(\w+)\([^)]*\) {$", body, re.MULTILINE)) - CALLBACKS
    assert set(re.findall(r"`(\w+)\(", cells)) == methods
    properties = set(re.findall(r"^  set (\w+)\(", body, re.MULTILINE))
    assert set(re.findall(r"^\| `(\w+)`$", cells, re.MULTILINE)) == properties
    events = set(re.findall(r'CustomEvent\("(\w+)"', ELEMENT))
    assert set(re.findall(r"`(\w+)` \(event", cells)) == events


def test_css_variables() -> None:
    used = set(re.findall(r"var\((--switchboard-[\w-]+)", STYLES))
    assert set(re.findall(r"`(--[\w-]+)`", section("CSS variables"))) == used
