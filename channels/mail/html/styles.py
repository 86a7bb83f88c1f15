"""The little CSS that decides whether a reader saw a text, and what they would have seen of an element."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

LARGEST_SHEET = 300_000  # characters of all style elements
MOST_RULES = 3_000

Declarations = Mapping[str, str]
Colour = tuple[int, int, int]

_IMPORTANT = re.compile(r"\s*!\s*important\s*$")
_ESCAPE = re.compile(r"\\([0-9a-f]{1,6})\s?|\\(.)", re.IGNORECASE)
_COMPOUND = re.compile(r"^([a-z][a-z0-9]*|\*)?([.#][\w-]+)?$")
_COMBINATOR = re.compile(r"[\s>+~]+")
_ALWAYS = re.compile(r"^@media\s+(?:only\s+)?(?:all|screen)\s*(?:,\s*(?:all|screen)\s*)*$")
_BRACES = re.compile(r"([{}])")
_NUMBER = re.compile(r"^([+-]?(?:\d+\.?\d*|\.\d+))\s*(px|pt|em|rem|ex|%|cm|mm|in|pc)?$")
_RGB = re.compile(
    r"^rgba?\(\s*(\d{1,3})\s*[, ]\s*(\d{1,3})\s*[, ]\s*(\d{1,3})\s*(?:[,/]\s*([\d.]+%?)\s*)?\)$"
)
_PIXELS = {
    "px": 1.0,
    "pt": 4 / 3,
    "cm": 37.8,
    "mm": 3.78,
    "in": 96.0,
    "pc": 16.0,
    "rem": 16.0,
    "vh": 8.0,
    "vw": 12.0,
}
_NAMED: dict[str, Colour] = {
    "white": (255, 255, 255), "black": (0, 0, 0), "red": (255, 0, 0), "lime": (0, 255, 0),
    "green": (0, 128, 0), "blue": (0, 0, 255), "yellow": (255, 255, 0), "gray": (128, 128, 128),
    "grey": (128, 128, 128), "silver": (192, 192, 192), "lightgray": (211, 211, 211),
    "lightgrey": (211, 211, 211), "navy": (0, 0, 128), "whitesmoke": (245, 245, 245),
    "snow": (255, 250, 250), "ivory": (255, 255, 240), "gainsboro": (220, 220, 220),
    "ghostwhite": (248, 248, 255), "floralwhite": (255, 250, 240), "aliceblue": (240, 248, 255),
    "azure": (240, 255, 255), "mintcream": (245, 255, 250), "seashell": (255, 245, 238),
    "window": (255, 255, 255), "canvas": (255, 255, 255), "orange": (255, 165, 0),
    "purple": (128, 0, 128), "maroon": (128, 0, 0),
}  # fmt: skip


def declarations(style: str) -> dict[str, str]:
    """Properties of a style attribute or rule body; an `!important` one is not overridden here."""
    found: dict[str, str] = {}
    fixed: set[str] = set()
    for part in plain(style[:8_000]).split(";")[:200]:
        name, _, value = part.partition(":")
        name = name.strip()
        clear = _IMPORTANT.sub("", value).strip()
        important = len(clear) < len(value.strip())
        if not name or not clear or (name in fixed and not important):
            continue
        found[name] = clear
        if important:
            fixed.add(name)
    return found


def plain(css: str) -> str:
    """Lower case, without comments and escapes: `dis\\70lay` is display."""
    pieces = css.split("/*")
    css = pieces[0] + "".join(piece.partition("*/")[2] for piece in pieces[1:])
    if "\\" in css:
        css = _ESCAPE.sub(_unescaped, css)
    return css.lower()


def _unescaped(match: re.Match[str]) -> str:
    code = int(match[1], 16) if match[1] else 0
    return chr(code) if 0 < code < 0xD800 else (match[2] or "")


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
        for selectors, body in _rules(plain(css).replace("<!--", " ").replace("-->", " ")):
            properties = declarations(body)
            for selector in selectors.split(",")[:100]:
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


def _rules(css: str) -> Iterator[tuple[str, str]]:
    """Selector lists and bodies; media queries that depend on the screen are left out."""
    pieces = _BRACES.split(css)
    skipped = open_blocks = count = 0
    for number in range(0, len(pieces) - 1, 2):
        text, brace = pieces[number].strip(), pieces[number + 1]
        head = text.rpartition(";")[2].strip() if brace == "{" else text
        if brace == "}":
            skipped, open_blocks = max(0, skipped - 1), max(0, open_blocks - (not skipped))
        elif skipped or (head.startswith("@") and not _ALWAYS.match(head)):
            skipped += 1
        elif head.startswith("@"):
            open_blocks += 1
        elif count < MOST_RULES:
            count += 1
            yield head, pieces[number + 2]


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
    if value in _NAMED:
        return _NAMED[value]
    digits = value.removeprefix("#")
    if re.fullmatch(r"[0-9a-f]+", digits) and len(digits) in {3, 4, 6, 8}:
        step = 1 if len(digits) < 5 else 2
        parts = [int(digits[at : at + step] * (3 - step), 16) for at in range(0, len(digits), step)]
        return "transparent" if parts[3:] == [0] else (parts[0], parts[1], parts[2])
    match = _RGB.match(value)
    if match is None:
        return None
    if match[4] is not None and float(match[4] if match[4].strip(".") else 1) <= 0.02:
        return "transparent"
    return (int(match[1]), int(match[2]), int(match[3]))


SMALLEST_FONT = 1.5  # pixels: below, nobody reads
CLOSEST_COLOURS = 12  # of 255, in every channel
_FAR_AWAY = -200.0  # pixels

_UNIT = re.compile(r"(?:^|\s)((?:\d+\.?\d*|\.\d+)(?:px|pt|em|rem|%)|0)(?:\s|/|$)")
_SIZED_BY_CONTENT = {"table", "tbody", "tr", "td", "th", "img", "body", "html", "col", "colgroup", "hr", "br"}
_NO_AREA = re.compile(
    r"rect\(\s*0[a-z]*[\s,]+0[a-z]*[\s,]+0[a-z]*[\s,]+0|rect\(\s*1px[\s,]+1px|inset\(\s*(?:50|100)%"
)
_NO_SCALE = re.compile(r"scale[xy]?\(\s*0?\.?0*\s*[,)]")
_NO_OPACITY = re.compile(r"opacity\s*[=:(]\s*0*\.?0*\s*\)")


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


def _first(*values: str | None) -> str | None:
    return next((value for value in values if value), None)


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
