"""How carriers count: the alphabet, the two tables, and what one accent costs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms_text import measure, transliterate


@pytest.mark.parametrize("letter", "áíóúÁÍÓÚâãõêçÀ“”’–…º°")
def test_one_letter_outside_the_alphabet_halves_the_message(letter: str) -> None:
    size = measure("a" * 99 + letter)
    assert (size.encoding, size.segments, size.outside) == ("UCS-2", 2, letter)


@pytest.mark.parametrize("letter", "éñÑü¿¡Çà@$")
def test_letters_of_the_alphabet_cost_one(letter: str) -> None:
    assert measure("a" * 159 + letter).segments == 1


@pytest.mark.parametrize("letter", "^{}[~]|€\\")
def test_extended_letters_cost_two(letter: str) -> None:
    assert measure(letter).units == 2 and measure("a" * 159 + letter).segments == 2


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("í" * 70, 1),
        ("í" * 71, 2),
        ("í" * 134, 2),
        ("í" * 135, 3),
        ("👍" * 35, 1),
        ("👍" * 36, 2),
    ],
)
def test_segments_at_their_edges(text: str, segments: int) -> None:
    assert measure(text).segments == segments


@given(st.text(alphabet="áéíóúüñÁÉÍÓÚÜÑ¿¡ºª“”‘’«»–—…·° abcXYZ0123456789$%/:.,", max_size=200))
def test_spanish_always_fits_the_alphabet_once_transliterated(text: str) -> None:
    assert measure(transliterate(text)).encoding == "GSM-7"


@given(st.text(max_size=80))
def test_transliterating_twice_changes_nothing_more(text: str) -> None:
    assert transliterate(transliterate(text)) == transliterate(text)
