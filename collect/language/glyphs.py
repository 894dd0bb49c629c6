"""Which font of this machine draws which character: no participant is to read little boxes.

Latin, Greek and Cyrillic letters come from the Noto Sans that PsychoPy brings along, the same on every machine; all
others from the first font of the system, in the order below, that has them.
"""

from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from collect.language.errors import MissingGlyphError

_FOLDERS = (
    Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path("C:/Windows/Fonts"),
    Path("/System/Library/Fonts"), Path("/Library/Fonts"),
)  # fmt: skip


class Face(NamedTuple):
    """One typeface in a font file; `number` counts from 0 in a collection (.ttc)."""

    file: Path
    number: int = 0


class _Family(NamedTuple):
    """A regular file's name and its bold one ('' where there is none), and the place in a collection."""

    regular: str
    bold: str = ""
    number: int = 0


_FAMILIES = (
    _Family("NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc", 2),  # simplified Chinese
    _Family("NotoSansCJKsc-Regular.otf", "NotoSansCJKsc-Bold.otf"),
    _Family("SourceHanSansSC-Regular.otf", "SourceHanSansSC-Bold.otf"),
    _Family("msyh.ttc", "msyhbd.ttc"),  # Windows: Microsoft YaHei
    _Family("PingFang.ttc"),  # macOS
    _Family("Hiragino Sans GB.ttc"),
    _Family("STHeiti Medium.ttc"),
    _Family("wqy-microhei.ttc"),
    _Family("wqy-zenhei.ttc"),
    _Family("DroidSansFallbackFull.ttf"),
    _Family("DroidSansFallback.ttf"),
    _Family("simhei.ttf"),
    _Family("YuGothR.ttc", "YuGothB.ttc"),  # Windows: Japanese
    _Family("malgun.ttf", "malgunbd.ttf"),  # Windows: Korean
    _Family("AppleSDGothicNeo.ttc"),
    _Family("Arial Unicode.ttf"),
    _Family("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    _Family("segoeui.ttf", "segoeuib.ttf"),
)


def faces_of(text: str, bold: bool = False) -> list[tuple[str, Face, bool]]:
    """The text in runs, each with the face that has all its characters and whether that face is as bold as wanted.

    Raises MissingGlyphError where there is no face for a character.
    """
    missing = undrawable(text)
    if missing:
        raise MissingGlyphError(
            f"No font of this machine can draw {' '.join(missing)} ({', '.join(f'U+{ord(c):04X}' for c in missing)}). "
            "Install one that can: on Debian for Chinese and Japanese, apt-get install fonts-droid-fallback; for all "
            "languages, apt-get install fonts-noto-cjk fonts-noto-core."
        )
    runs: list[tuple[str, Face, bool]] = []
    for character in text:
        found = _face_of(character, bold)
        assert found is not None, "undrawable() has looked at every character"
        if runs and runs[-1][1:] == found:
            runs[-1] = (runs[-1][0] + character, *found)
        elif runs and character == " ":  # a space belongs to what it follows
            runs[-1] = (runs[-1][0] + character, *runs[-1][1:])
        else:
            runs.append((character, *found))
    return runs


def undrawable(text: str) -> str:
    """The characters of the text that no font of this machine has, each once; '' where all is well."""
    printed = dict.fromkeys(character for character in text if character.isprintable())
    return "".join(character for character in printed if _face_of(character, False) is None)


@cache
def _face_of(character: str, bold: bool) -> tuple[Face, bool] | None:
    """The first face that has the character, the wanted weight first within a family."""
    if not character.isprintable():
        character = " "  # tabs and line ends are set as space
    for regular, strong in _installed():
        for face in (strong, regular) if bold else (regular,):
            if face is not None and ord(character) in _characters(face):
                return face, bold == (face is strong)
    return None


@cache
def _installed() -> tuple[tuple[Face, Face | None], ...]:
    """Regular and bold faces of this machine, in the order of preference."""
    return tuple(_families())


def _families() -> Iterator[tuple[Face, Face | None]]:
    psychopy = find_spec("psychopy")
    for place in (psychopy.submodule_search_locations or ()) if psychopy else ():
        fonts = Path(place) / "assets" / "fonts"
        if (fonts / "NotoSans-Regular.ttf").is_file():
            yield Face(fonts / "NotoSans-Regular.ttf"), Face(fonts / "NotoSans-Bold.ttf")
    files = {path.name: path for folder in _FOLDERS if folder.is_dir() for path in sorted(folder.rglob("*.[to]t[fc]"))}
    for family in _FAMILIES:
        if family.regular in files:
            bold = Face(files[family.bold], family.number) if family.bold in files else None
            yield Face(files[family.regular], family.number), bold


@cache
def _characters(face: Face) -> frozenset[int]:
    """The code points that the face has a glyph for, as its own character map says."""
    from fontTools.ttLib import TTFont

    with TTFont(face.file, fontNumber=face.number, lazy=True) as font:
        return frozenset(font.getBestCmap() or ())
