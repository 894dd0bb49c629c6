"""Can the participant read what the study says?"""

from collections.abc import Iterator

from collect.bundle.study import Study
from collect.checking.finding import Finding, fail, ok, warn
from collect.language.errors import UnknownLanguageError
from collect.language.glyphs import undrawable
from collect.language.words import words_for

#: A consent text says what is recorded, who sees it, how long it is kept and how to stop. That takes some words …
_SHORT = 150
#: … and about a third of the characters in scripts that write a word in one or two.
_SHORT_IDEOGRAPHIC = 50


def check_wording(study: Study) -> Iterator[Finding]:
    yield _consent(study)
    yield from _language(study)


def _consent(study: Study) -> Finding:
    text = study.consent.text.strip()
    if not text:
        return fail("consent", "its text is blank", "Write the text that the participant agrees to, in consent.text.")
    asked = [*study.consent.required, *(f"{scope} (may be declined)" for scope in study.consent.offered)]
    found = f"{len(text)} characters, digest {study.consent.text_sha256[:12]}; asks for {', '.join(asked)}"
    ideographic = any(character >= "⺀" for character in text)
    if len(text) < (_SHORT_IDEOGRAPHIC if ideographic else _SHORT):
        return warn("consent", found, "Say what is recorded, who sees it, how long it is kept, and how to stop.")
    return ok("consent", found)


def _language(study: Study) -> Iterator[Finding]:
    try:
        words = words_for(study.language)
    except UnknownLanguageError as error:
        found, _, todo = str(error).partition(". ")
        yield fail("language", found, todo)
        return
    missing = undrawable(study.title + study.consent.text + words.model_dump_json())
    if missing:
        found = f"{study.language}: no font of this machine draws {' '.join(missing[:12])}"
        todo = "Install one: on Debian, apt-get install fonts-noto-cjk fonts-noto-core, or fonts-droid-fallback."
        yield fail("language", found + (" …" if len(missing) > 12 else ""), todo)
        return
    yield ok("language", f"{study.language} ({words.name}): every character can be drawn")
    if "text" in study.self_report:
        yield ok("free text", "typed in the participant's own words; never shown to raters")
