"""Texts made comparable at once or character by character: the same letters, whatever joins what."""

from __future__ import annotations

import unicodedata

from hypothesis import example, given, settings
from hypothesis import strategies as st

from fundeval.release.redaction.normalise import both, soft, squeezed

# Long enough to be looked up in the table, ended by what cannot join.
LONG = "。监测平台" * 40
JOINING = st.sampled_from(
    "eE<ȂAa\u0325\u0311Åかハ\u3099\u309a\u0301\u0327\u0338\u0345각가\u3131\u314fﾊﾞ\u200b\u2060\ufe0f㈱①℃ﬁßİ龍萬臺"
    "\ufa6c\U00020000\U0001f600\U00016d67\ud800"
)
TEXTS = st.text(st.one_of(st.characters(), JOINING), max_size=60)


def without_marks(text: str) -> str:
    """Return a text without the marks upon its letters, which may come in another order."""
    return "".join(each for each in text if not unicodedata.combining(each))


@settings(max_examples=300, deadline=None)
@given(TEXTS)
@example("e\u200b\u0301")
@example("\u0327e\u0301\u0327")
@example("ㄱㅏㄱ")
@example("Ȃ\u0325")
def test_a_long_text_becomes_what_its_characters_become(text: str) -> None:
    for whole in (LONG + text, text + LONG, LONG + text + LONG):
        shown, plain = both(whole)
        assert without_marks(shown) == without_marks(soft(whole))
        assert plain == squeezed(soft(whole))


def test_every_character_becomes_the_same_by_itself_and_behind_a_letter() -> None:
    for first in range(0, 0x11000, 0x400):
        characters = [chr(point) for point in range(first, first + 0x400)]
        for between in ("。", "e", "ᄀ", "か"):
            text = between.join(characters)
            assert both(text)[1] == squeezed(soft(text)), hex(first)
