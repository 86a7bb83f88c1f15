"""What a reader would have seen of an element, as far as its styles and attributes tell.

tinycss2 reads the CSS (escapes, comments, errors and colours as browsers take them), behind bounds of length,
depth and count: it nests as deep as it is asked to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from types import MappingProxyType

import tinycss2
from tinycss2 import color4
from tinycss2.ast import AtRule, Declaration, Node, QualifiedRule

LARGEST_SHEET = 300_000  # characters of all style elements
LARGEST_STYLE = 8_000  # characters of one attribute
MOST_RULES = 3_000
MOST_DECLARATIONS = 200  # of one rule
DEEPEST = 60  # brackets in brackets
SMALLEST_FONT = 1.5  # pixels: below, nobody reads
CLOSEST_COLOURS = 12  # of 255, in every channel
_FAR_AWAY = -200.0  # pixels

Declarations = Mapping[str, str]
Colour = tuple[int, int, int]

_COMPOUND = re.compile(r"^([a-z][a-z0-9]*|\*)?([.#][\w-]+)?$")
_COMBINATOR = re.compile(r"[\s>+~]+")
_ALWAYS = re.compile(r"^(?:only\s+)?(?:all|screen)\s*(?:,\s*(?:all|screen)\s*)*$")
_NUMBER = re.compile(r"^([+-]?(?:\d+\.?\d*|\.\d+))\s*(px|pt|em|rem|ex|%|cm|mm|in|pc)?$")
_PIXELS = {"px": 1.0, "pt": 4 / 3, "cm": 37.8, "mm": 3.78, "in": 96.0, "pc": 16.0, "rem": 16.0}
_SYSTEM = {"window": "white", "canvas": "white"}
_UNIT = re.compile(r"(?:^|\s)((?:\d+\.?\d*|\.\d+)(?:px|pt|em|rem|%)|0)(?:\s|/|$)")
_SIZED_BY_CONTENT = {"table", "tbody", "tr", "td", "th", "img", "body", "html", "col", "colgroup", "hr", "br"}
_NO_AREA = re.compile(
    r"rect\(\s*0[a-z]*[\s,]+0[a-z]*[\s,]+0[a-z]*[\s,]+0|rect\(\s*1px[\s,]+1px|inset\(\s*(?:50|100)%"
)
_NO_SCALE = re.compile(r"scale[xy]?\(\s*0?\.?0*\s*[,)]")
_NO_OPACITY = re.compile(r"opacity\s*[=:(]\s*0*\.?0*\s*\)")


def declarations(style: str) -> Declarations:
    """Properties of a style attribute; an `!important` one is not overridden here."""
    return _attribute(style[:LARGEST_STYLE])


@lru_cache(maxsize=1_000)
def _attribute(style: str) -> Declarations:
    return _declared(tinycss2.parse_declaration_list(style, skip_comments=True, skip_whitespace=True))


def _declared(nodes: Iterable[Node]) -> Declarations:
    found: dict[str, str] = {}
    fixed: set[str] = set()
    for each in islice(nodes, MOST_DECLARATIONS):
        if not isinstance(each, Declaration) or (each.lower_name in fixed and not each.important):
            continue
        value = _text(each.value)
        if value:
            found[each.lower_name] = value
        if each.important:
            fixed.add(each.lower_name)
    return MappingProxyType(found)


def _text(nodes: Iterable[Node]) -> str:
    """The nodes as CSS in lower case; '' for what nests too deep to be written by recursion."""
    kept = [each for each in nodes if each.type != "comment"]
    return "" if _nests_deep(kept) else tinycss2.serialize(kept).strip().lower()


def _nests_deep(nodes: Iterable[Node]) -> bool:
    level = list(nodes)
    for _ in range(DEEPEST):
        level = [
            inner for node in level for inner in getattr(node, "content", getattr(node, "arguments", ()))
        ]
        if not level:
            return False
    return True


class StyleSheet:
    """Rules with simple selectors, by what they match: `td`, `.note`, `td.note`, `#top`, `*`."""

    def __init__(self, *blocks: str) -> None:
        """Read each block on its own, as a browser does: what is broken in one ends with it."""
        self._rules: dict[str, dict[str, str]] = {}
        room = LARGEST_SHEET
        for block in blocks:
            self._read(block[:room])
            room = max(0, room - len(block))

    def _read(self, css: str) -> None:
        nodes = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
        for rule in islice(_rules(nodes), MOST_RULES):
            content = tinycss2.parse_declaration_list(rule.content, skip_comments=True, skip_whitespace=True)
            properties = _declared(content)
            for selector in _text(rule.prelude).split(",")[:100]:
                self._add(selector.strip(), properties)

    def matching(self, tag: str, classes: str, element_id: str) -> dict[str, str]:
        """What the rules say of one element, the more specific last."""
        if not self._rules:
            return {}
        names = [f".{name}" for name in classes.lower().split()[:20]]
        if element_id:
            names.append(f"#{element_id.lower()}")
        keys = ["*", tag, *(key for name in names for key in (name, f"*{name}", f"{tag}{name}"))]
        found: dict[str, str] = {}
        for key in keys:
            found.update(self._rules.get(key, {}))
        return found

    def _add(self, selector: str, properties: Declarations) -> None:
        if _COMPOUND.match(selector):
            self._rules.setdefault(selector, {}).update(properties)
            return
        last = _COMBINATOR.split(selector)[-1]
        if _COMPOUND.match(last) and any(name.startswith(("background", "color")) for name in properties):
            # It may or may not match: what it colours has a colour we don't know.
            self._rules.setdefault(last, {}).update({"background": "unknown", "color": "unknown"})


def _rules(nodes: Iterable[Node], depth: int = 0) -> Iterator[QualifiedRule]:
    """The rules that hold on every screen; media queries that depend on it are left out."""
    for node in nodes:
        if isinstance(node, QualifiedRule):
            yield node
        elif isinstance(node, AtRule) and depth < DEEPEST and _always(node):
            yield from _rules(tinycss2.parse_rule_list(node.content or ()), depth + 1)


def _always(rule: AtRule) -> bool:
    return rule.lower_at_keyword == "media" and _ALWAYS.match(_text(rule.prelude)) is not None


def pixels(value: str, parent: float = 16.0) -> float | None:
    """A length in pixels; `em` and `%` relative to `parent`; None when it is no length."""
    match = _NUMBER.match(value.strip()[:40])
    if match is None:
        return None
    number, unit = float(match[1]), match[2] or "px"
    if unit in _PIXELS:
        return number * _PIXELS[unit]
    return number * parent * {"em": 1.0, "ex": 0.5, "%": 0.01}[unit]


def colour(value: str) -> Colour | str | None:
    """Red, green and blue; "transparent"; None for a colour we can't tell."""
    value = value.strip().lower()[:60]
    if value in {"transparent", "none"}:
        return "transparent"
    value = f"#{value}" if re.fullmatch(r"[0-9a-f]{3,8}", value) else _SYSTEM.get(value, value)
    found = color4.parse_color(value)
    if not isinstance(found, color4.Color):
        return None
    red, green, blue, alpha = (max(0.0, min(1.0, part or 0.0)) for part in found.to("srgb"))
    return "transparent" if alpha <= 0.02 else (round(red * 255), round(green * 255), round(blue * 255))


@dataclass(frozen=True, slots=True)
class SeenStyle:
    """What an element passes on to those inside it."""

    font: float = 16.0
    seen: bool = True  # visibility
    colour: Colour | str | None = None
    background: Colour | None = (255, 255, 255)
    pre: bool = False

    @property
    def readable(self) -> bool:
        """Whether text right here could be read."""
        if not self.seen or self.font < SMALLEST_FONT or self.colour == "transparent":
            return False
        if isinstance(self.colour, tuple) and self.background is not None:
            near = (abs(mine - other) for mine, other in zip(self.colour, self.background, strict=True))
            return max(near) > CLOSEST_COLOURS
        return True

    def inside(self, style: Declarations, attributes: Mapping[str, str | None]) -> SeenStyle:
        """The look of a child element."""
        if not style and not attributes:
            return self
        look = self._coloured(style, attributes)
        visibility = style.get("visibility")
        if visibility in {"hidden", "collapse", "visible", "initial"}:
            look = replace(look, seen=visibility in {"visible", "initial"})
        size = self._size(style)
        if size is not None:
            look = replace(look, font=size)
        space = style.get("white-space")
        return look if space is None else replace(look, pre=space.startswith(("pre", "break-spaces")))

    def _size(self, style: Declarations) -> float | None:
        size = style.get("font-size")
        if size is None and "font" in style:
            match = _UNIT.search(style["font"])
            size = match[1] if match else None
        return pixels(size, self.font) if size else None

    def _coloured(self, style: Declarations, attributes: Mapping[str, str | None]) -> SeenStyle:
        look = self
        ink = (
            style.get("color")
            or style.get("-webkit-text-fill-color")
            or attributes.get("color")
            or attributes.get("text")
        )
        if ink and ink not in {"inherit", "currentcolor"}:
            look = replace(look, colour=colour(ink))
        paper = (
            style.get("background-color")
            or _background(style.get("background", ""))
            or attributes.get("bgcolor")
        )
        if paper and paper not in {"inherit", "initial", "unset"}:
            found = colour(paper)
            if found != "transparent":
                look = replace(look, background=found if isinstance(found, tuple) else None)
        if (
            "background" in attributes
            or "url(" in style.get("background-image", "")
            or "gradient" in style.get("background-image", "")
        ):
            look = replace(look, background=None)
        return look


def _background(value: str) -> str | None:
    """The colour in a background shorthand; an image makes it one we don't know."""
    if not value:
        return None
    if "url(" in value or "gradient" in value:
        return "unknown"
    if "(" in value:
        start = value.find("rgb")
        return value[start : value.find(")", start) + 1] if start >= 0 else "unknown"
    words = [
        word
        for word in value.split()
        if word not in {"repeat", "no-repeat", "center", "top", "left", "scroll"}
    ]
    return words[0] if words else None


def gone(tag: str, style: Declarations, attributes: Mapping[str, str | None]) -> bool:
    """Whether an element and all inside it was not shown, whatever its children say."""
    if "hidden" in attributes:
        return True
    if not style:
        return False
    return (
        style.get("display") == "none"
        or style.get("mso-hide") == "all"
        or style.get("content-visibility") == "hidden"
        or _faint(style)
        or _collapsed(tag, style)
        or _off_screen(style)
    )


def _faint(style: Declarations) -> bool:
    opacity = pixels(style.get("opacity", ""), 1.0)
    return (
        (opacity is not None and opacity <= 0.05)
        or _NO_OPACITY.search(style.get("filter", "")) is not None
        or _NO_SCALE.search(style.get("transform", "")) is not None
    )


def _collapsed(tag: str, style: Declarations) -> bool:
    if _NO_AREA.search(style.get("clip", "") + style.get("clip-path", "")):
        return True
    clipped = style.get("overflow", style.get("overflow-y", "")) in {"hidden", "clip"}
    for name in ("max-height", "max-width", "height", "width"):
        size = pixels(style.get(name, ""))
        if size is None or size > (1.0 if clipped else 0.0):
            continue
        if clipped or (tag not in _SIZED_BY_CONTENT and style.get("overflow") != "visible"):
            return True
    return False


def _off_screen(style: Declarations) -> bool:
    placed = style.get("position") in {"absolute", "fixed"}
    names = (
        "text-indent",
        "margin-left",
        "margin-top",
        *(("left", "top", "right", "bottom") if placed else ()),
    )
    sizes = (pixels(style.get(name, "")) for name in names)
    return any(size is not None and size <= _FAR_AWAY for size in sizes)
