"""Whatever is not made here is text: it can be read, and does nothing."""

import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.server.page.markup import Safe, joined, tag, text
from tests.unit.page_kit import HOSTILE


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


@given(st.text())
def test_any_text_is_text(value: str) -> None:
    reader = read(f"<p>{text(value)}</p>")
    assert [name for name, _ in reader.tags] == ["p"]


@given(st.text())
def test_any_text_is_one_attribute(value: str) -> None:
    ((name, attributes),) = read(tag("p", title=value)).tags
    assert (name, list(attributes)) == ("p", ["title"])


LETTERS = st.characters(categories=("L", "N", "P", "S", "Zs"), exclude_characters="\u115f\u1160\u2800\u3164\uffa0")


@given(st.text(LETTERS))
def test_what_only_shows_is_read_as_it_was(value: str) -> None:
    assert "".join(read(text(value)).texts) == value


@given(st.text())
def test_nothing_that_acts_is_left(value: str) -> None:
    left = set("".join(read(text(value)).texts)) - set("\n\t")
    assert not {unicodedata.category(one) for one in left} & {"Cc", "Cf", "Zl", "Zp"}


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_lines_hold_no_sign_of_a_template_or_of_markup(value: str) -> None:
    assert not set(text(value)) & set("<>{}$`\"'\x1b")


def test_what_was_made_here_is_not_escaped_again() -> None:
    assert joined(tag("b", "a&b"), " <i>") == "<b>a&amp;b</b> &lt;i&gt;"
    assert isinstance(text(Safe("<b>")), Safe)


def test_attributes_are_written_as_html_and_svg_have_them() -> None:
    made = tag("svg", viewBox="0 0 1 1", class_="map", aria_label="a", hidden=True, title=None, draggable=False)
    assert made == '<svg viewBox="0 0 1 1" class="map" aria-label="a" hidden></svg>'


def test_elements_without_content() -> None:
    assert joined(tag("input", name="a"), tag("line", x1=0)) == '<input name="a"><line x1="0"/>'
