"""What of a text our PDFs and labels can show."""

import pytest

from app import letters


@pytest.mark.parametrize(
    "text, shown",
    [
        ("Pens 12", "Pens 12"),
        ("\u0141\u00f3d\u017a \u0105\u0119\u015b", "\u0141\u00f3dz aes"),
        ("K\u0151r\u00f6s, \u021aar\u0103, k\u016f\u0148", "Kor\u00f6s, Tara, kun"),
        ("e\u0301 a\u0328", "\u00e9 a"),
        ("\u202egnp.exe\u200b\n", "gnp.exe"),
        ("\u65e5 \u2116 5", "\u65e5 No 5"),
        ("", ""),
    ],
)
def test_a_letter_whose_accent_the_font_lacks_is_printed_without_it(text: str, shown: str) -> None:
    assert letters.shown(text) == shown
