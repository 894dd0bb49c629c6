"""Characters are truly drawn, not as little boxes; and what cannot be drawn is said before anybody looks at it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont
from pydantic import BaseModel

from collect.devices.screen.screen_pages import text_page
from collect.language import glyphs
from collect.language.errors import MissingGlyphError
from collect.language.glyphs import Face, faces_of, undrawable
from collect.language.words import languages, words_for

UNASSIGNED = "\U000e0fff"  # no font will ever have it
HIEROGLYPH = "\U00013000"


def texts(value: object) -> Iterator[str]:
    if isinstance(value, BaseModel):
        value = value.model_dump()
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    else:
        yield str(value)


def drawn(font: ImageFont.FreeTypeFont, character: str) -> bytes:
    image = Image.new("L", (96, 96))
    ImageDraw.Draw(image).text((16, 72), character, fill=255, font=font, anchor="ls")
    return image.tobytes()


@pytest.mark.parametrize("language", languages())
def test_no_glyph_of_a_languages_words_is_the_fonts_box_for_missing_ones(language: str) -> None:
    characters = "".join(
        dict.fromkeys(c for text in texts(words_for(language)) for c in text if c.isprintable() and c != " ")
    )
    assert undrawable(characters) == ""
    for run, face, _ in faces_of(characters):
        font = ImageFont.truetype(str(face.file), 64, index=face.number)
        box = drawn(font, UNASSIGNED)  # what the font draws for what it has not: .notdef
        empty = drawn(font, " ")
        for character in run.replace(" ", ""):
            assert drawn(font, character) not in (box, empty), f"{character} in {face.file.name}"


def test_a_chinese_page_differs_wherever_its_characters_differ() -> None:
    """A page of boxes would be the same whatever it says."""
    pages = {
        text_page(f"# {a}\n\n{b}\n\n按空格键", 640, 360).tobytes()
        for a, b in (("谢谢", "您"), ("您谢", "谢"), ("再见", "您"))
    }
    assert len(pages) == 3


def test_latin_letters_within_chinese_keep_their_own_font() -> None:
    runs = faces_of("按 Enter 键")
    assert [run for run, _, _ in runs] == ["按 ", "Enter ", "键"]
    assert runs[0][1] == runs[2][1] != runs[1][1]


def test_what_no_font_has_is_named_with_what_to_install() -> None:
    assert undrawable(f"ab{UNASSIGNED}\n\tä中") in ("", UNASSIGNED)  # unassigned ones are not printed at all
    with pytest.raises(MissingGlyphError, match=r"U\+1F9FF.*fonts-droid-fallback"):
        text_page("# A\n\n\U0001f9ff\n\nPress Space", 640, 360)


def test_without_a_chinese_font_each_missing_character_is_named_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def only_latin() -> tuple[tuple[Face, Face | None], ...]:
        return tuple(pair for pair in glyphs._families() if pair[0].file.name.startswith(("NotoSans-", "DejaVuSans")))

    monkeypatch.setattr(glyphs, "_installed", only_latin)
    monkeypatch.setattr(glyphs, "_face_of", glyphs._face_of.__wrapped__)
    assert undrawable("Ärger 快乐, 快") == "快乐"
    with pytest.raises(MissingGlyphError, match=r"快 乐 \(U\+5FEB, U\+4E50\)"):
        faces_of("快乐")


def test_the_fonts_package_is_on_the_list_of_what_to_install() -> None:
    packages = (Path(__file__).parents[3] / "deploy" / "debian-packages.txt").read_text(encoding="utf-8")
    assert re.search(r"^fonts-droid-fallback\s+# ", packages, re.MULTILINE)
