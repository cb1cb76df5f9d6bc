"""The one way of smppkit to write HTML: every value escaped, one card for all objects, dark and light alike.

Texts from strangers are shown, never run: markup is escaped and characters that would steer the display (controls, bidi
overrides, zero-width) or break it (lone surrogates) are made visible.
"""

from collections.abc import Iterable
from html import escape as _escape

_STEERING = {code: f"\\x{code:02x}" for code in (*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0))} | {
    code: f"\\u{code:04x}"
    for code in (0x00AD, 0x061C, *range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070), 0xFEFF)
}
_STEERING |= {code: f"\\u{code:04x}" for code in range(0xD800, 0xE000)}  # half a character, which no JSON can carry
_STYLE = (
    "border:1px solid color-mix(in srgb,currentColor 25%,transparent);border-radius:6px;padding:.5em .8em;"
    "display:inline-block;max-width:100%;font-size:13px;line-height:1.45"
)
_CELL = "text-align:left;vertical-align:top;padding:1px .9em 1px 0;background:none;border:0;white-space:pre-wrap"
_NAME = "width:1%;white-space:nowrap;font-weight:normal;opacity:.7"


def visible(text: str, limit: int | None = None) -> str:
    """Return ``text`` with steering characters written as escapes, cut after ``limit`` characters.

    >>> visible("abc\\x00\\u202edef")
    'abc\\\\x00\\\\u202edef'
    >>> visible("a long text", limit=6)
    'a long…'
    """
    cut = text if limit is None or len(text) <= limit else text[:limit] + "…"
    return cut.translate(_STEERING)


def escape(value: object, limit: int | None = 500) -> str:
    """Return ``value`` as harmless HTML text.

    >>> escape("<b>&\\u200b")
    '&lt;b&gt;&amp;\\\\u200b'
    """
    return _escape(visible(str(value), limit), quote=True)


def card(title: object, rows: Iterable[tuple[object, object]], note: object = "") -> str:
    """Return the HTML card that all objects of smppkit share: a title, rows of name and value, a note.

    >>> card("submit_sm", [("to", "<x>")]).count("&lt;x&gt;")
    1
    """
    cells = "".join(
        f'<tr><th scope="row" style="{_CELL};{_NAME}">{escape(name)}</th><td style="{_CELL}">{escape(value)}</td></tr>'
        for name, value in rows
    )
    foot = f'<div style="opacity:.7">{escape(note)}</div>' if note else ""
    head = f'<div style="font-weight:600">{escape(title)}</div>'
    table = f'<table style="border-collapse:collapse;margin:.3em 0;min-width:100%;font-size:inherit">{cells}</table>'
    return f'<div class="smppkit-card" style="{_STYLE}">{head}{table}{foot}</div>'
