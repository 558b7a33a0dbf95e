"""HTML made from values: whatever is not made here is text, and is written so that it can only be read."""

from functools import cache
from html import escape

from lab.plain import harmless_lines

# The page's toolkit fills templates; evidence must not look like one to it.
_TEMPLATE_SIGNS = str.maketrans({"{": "&#123;", "}": "&#125;", "$": "&#36;", "`": "&#96;"})
_VOID = frozenset({"br", "input", "line", "path", "rect", "circle", "polyline"})


class Safe(str):
    """HTML that was made by `tag` or `joined`."""

    __slots__ = ()


def text(value: object) -> Safe:
    """Anything, as text to be read."""
    if isinstance(value, Safe):
        return value
    said = str(value)
    # Most texts are plain words, and a page has thousands of them.
    if not (said.isascii() and said.isprintable()):
        said = harmless_lines(said)
    return Safe(said if said.isalnum() else escape(said).translate(_TEMPLATE_SIGNS))


def joined(*parts: object) -> Safe:
    return Safe("".join(text(part) for part in parts if part is not None))


def tag(name: str, /, *children: object, **attributes: object) -> Safe:
    """`class_` is class, `aria_label` is aria-label; True stands alone, None and False are left out."""
    written = "".join(
        _attribute(key, value) for key, value in attributes.items() if value is not None and value is not False
    )
    if not children and name in _VOID:
        return Safe(f"<{name}{written}>" if name in ("br", "input") else f"<{name}{written}/>")
    return Safe(f"<{name}{written}>{joined(*children)}</{name}>")


@cache
def _attribute_name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _attribute(key: str, value: object) -> str:
    # Names of SVG (viewBox) keep their case; those with a hyphen are written with an underscore.
    name = _attribute_name(key)
    return f" {name}" if value is True else f' {name}="{text(value)}"'
