"""What a reader would have seen of an element, as far as its styles and attributes tell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from channels.mail.html.css import Colour, Declarations, colour, pixels

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
class Look:
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

    def inside(self, style: Declarations, attributes: Mapping[str, str | None]) -> Look:
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

    def _coloured(self, style: Declarations, attributes: Mapping[str, str | None]) -> Look:
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
