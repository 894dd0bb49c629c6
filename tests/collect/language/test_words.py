"""Every language says everything, with the numbers that belong into it."""

from string import Formatter
from typing import get_args

import pytest
import yaml
from pydantic import BaseModel, ValidationError

from collect.bundle.format import ConsentScope, Emotion, Polarity
from collect.language import words as language
from collect.language.errors import UnknownLanguageError
from collect.language.words import AdviceKey, CheckKey, Words, languages, words_for


def texts(value: object, path: str = "") -> dict[str, str]:
    """All texts of the words, by their path."""
    if isinstance(value, BaseModel):
        value = dict(value)
    if isinstance(value, dict):
        return {k: v for key, inner in value.items() for k, v in texts(inner, f"{path}.{key}").items()}
    return {path: str(value)}


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_there_are_the_languages_that_are_promised() -> None:
    assert {"en", "de", "zh"} <= set(languages())


@pytest.mark.parametrize("name", languages())
def test_every_language_has_every_text_with_the_same_fields(name: str) -> None:
    english, other = texts(words_for("en")), texts(words_for(name))
    assert other.keys() == english.keys()
    assert {path: fields(text) for path, text in other.items()} == {
        path: fields(text) for path, text in english.items()
    }
    assert all(text.strip() for text in other.values())


@pytest.mark.parametrize("name", languages())
def test_every_class_scope_check_and_advice_has_a_name_of_its_own(name: str) -> None:
    words = words_for(name)
    for named, names in (
        (words.emotions, Emotion), (words.polarities, Polarity), (words.consent.scopes, ConsentScope),
        (words.setup.checks, CheckKey), (words.setup.advice, AdviceKey),
    ):  # fmt: skip
        assert set(named) == set(get_args(names))
        assert len({str(text) for text in named.values()}) == len(named)


@pytest.mark.parametrize("name", languages())
def test_a_page_names_the_same_letter_keys_in_every_language(name: str) -> None:
    def letters(text: str) -> set[str]:
        words = text.split("\n\n")[-1].replace(",", " ").split()
        return {word for word in words if len(word) == 1 and word.isascii() and word.isupper()}

    for path, text in texts(words_for("en")).items():
        if text.startswith("# "):
            assert letters(texts(words_for(name))[path]) == letters(text), path


def test_a_region_falls_back_to_its_language() -> None:
    assert words_for("de-AT") is not None
    assert words_for("de-AT") == words_for("de")
    assert words_for("zh-Hans-CN").name == words_for("zh").name


def test_an_unknown_language_says_which_there_are_and_how_to_add_it() -> None:
    with pytest.raises(UnknownLanguageError, match=r"'xx-YY'.* de, en, zh.*copy .*en\.yaml to xx\.yaml"):
        words_for("xx-YY")


@pytest.mark.parametrize(
    ("path", "text", "complaint"),
    [
        (("pages", "calibration_poor"), "# Poor\n\nMean {mean}.\n\nPress R", "must be {mean}, {greatest}"),
        (("foot", "confirm"), "Press {key}", "must be none"),
        (("pages", "thanks"), "Thank you", "begins with a heading"),
    ],
)
def test_a_translation_with_a_mistake_is_refused(path: tuple[str, str], text: str, complaint: str) -> None:
    raw = yaml.safe_load((language.FOLDER / "en.yaml").read_text(encoding="utf-8"))
    raw[path[0]][path[1]] = text
    with pytest.raises(ValidationError, match=complaint):
        Words.model_validate(raw)


def test_a_forgotten_emotion_is_refused() -> None:
    raw = yaml.safe_load((language.FOLDER / "en.yaml").read_text(encoding="utf-8"))
    del raw["emotions"]["fear"]
    with pytest.raises(ValidationError, match="fear"):
        Words.model_validate(raw)
