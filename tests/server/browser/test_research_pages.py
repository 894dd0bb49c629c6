"""Trials, participants, progress, settings, exports and models in a real browser, as a researcher meets them."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from server.accounts.service import add_account
from server.db.ratings import Exposure
from server.db.studies import Participant, Stimulus, Study
from server.db.trials import Trial
from tests.server.agreement.votes import add_rated
from tests.server.browser.conftest import PASSWORD, House
from tests.server.browser.reading import faults_of, reading_as
from tests.server.browser.told_rows import let_a_model_speak


@pytest.fixture
def researcher(chromium: Browser, house: House) -> Iterator[Page]:
    """A page on which rosa is logged in. Errors of scripts and refusals by the page's policy fail the test."""
    add_account(house.database, "rosa", "researcher", PASSWORD)
    with reading_as(chromium, house, "rosa") as page:
        yield page


def with_clip(house: House) -> str:
    with house.database.reading() as session:
        query = select(Trial.id).join(Stimulus, Stimulus.id == Trial.stimulus_id)
        return session.scalars(query.where(Stimulus.media_sha256.is_not(None)).order_by(Trial.id)).first() or ""


def number_of(house: House, pseudonym: str) -> int:
    with house.database.reading() as session:
        return session.scalars(select(Participant).filter_by(pseudonym=pseudonym)).one().id


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_sticks_out(researcher: Page, house: House, scheme: str) -> None:
    with house.database.transaction() as session:
        add_rated(session, ("bela", "cleo"), origin="simulated")
        for model in ("m" + "7" * 16, "m" + "8" * 16):
            let_a_model_speak(session, model)
    person = number_of(house, "P0")
    paths = (
        "/trials", f"/trials/{with_clip(house)}", "/participants", f"/participants/{person}",
        f"/participants/{person}/withdraw", "/progress", "/studies/smiles/settings", "/exports", "/models",
        "/snapshots", "/queue", "/bias?origin=simulated",
    )  # fmt: skip
    assert faults_of(researcher, house, paths, scheme) == []


def test_a_trial_is_found_and_its_recording_plays_by_keyboard(researcher: Page, house: House) -> None:
    trial = with_clip(house)
    researcher.goto(f"{house.url}/trials")
    researcher.select_option("#emotion", "disgust")
    researcher.get_by_role("button", name="Show").press("Enter")
    researcher.wait_for_url("**emotion=disgust**")
    researcher.locator(f"a[href='/trials/{trial}']").press("Enter")
    clock = researcher.locator("#clock")
    expect(clock).to_contain_text("0.0 / 2.0 s")
    researcher.locator("#viewer").focus()
    researcher.keyboard.press("Space")
    expect(clock).to_contain_text("2.0 / 2.0 s", timeout=20_000)
    expect(researcher.locator("#play")).to_contain_text("Play again")
    researcher.keyboard.press("r")
    researcher.keyboard.press("Space")
    researcher.keyboard.press(".")
    expect(clock).to_contain_text("0.", timeout=5_000)
    with house.database.reading() as session:
        seen = set(session.scalars(select(Exposure.what).filter_by(trial_id=trial)))
    assert seen == {"stimulus", "context", "self_report"}


def test_what_other_models_said_is_one_key_away(researcher: Page, house: House) -> None:
    with house.database.transaction() as session:
        for number in "78":
            let_a_model_speak(session, "m" + number * 16)
    researcher.goto(f"{house.url}/trials/{with_clip(house)}")
    serving, others = (
        researcher.get_by_role("region", name=name)
        for name in ("What the current model said", "What other models said")
    )
    expect(serving.get_by_role("rowheader")).to_have_text(["m88888888 current simulated"] * 2)
    expect(others).to_be_hidden()
    researcher.locator("summary", has_text="1 other model").press("Enter")
    expect(others.get_by_role("rowheader")).to_have_text(["m77777777 simulated"] * 2)


def test_letters_belong_to_the_reader_until_the_recording_has_the_focus(researcher: Page, house: House) -> None:
    researcher.goto(f"{house.url}/trials/{with_clip(house)}")
    expect(researcher.locator("#clock")).to_contain_text("0.0 / 2.0 s")
    researcher.keyboard.press("h")
    expect(researcher.locator("#overlay")).to_contain_text("Gaze and heat")
    researcher.locator("#viewer").focus()
    researcher.keyboard.press("h")
    expect(researcher.locator("#overlay")).not_to_contain_text("Gaze and heat")


def test_a_participant_withdraws_by_keyboard_and_is_gone(researcher: Page, house: House) -> None:
    researcher.goto(f"{house.url}/participants")
    researcher.get_by_role("link", name="P1", exact=True).press("Enter")
    researcher.get_by_role("link", name="Withdraw P1").press("Enter")
    researcher.get_by_label("Type the pseudonym").fill("P2")
    researcher.keyboard.press("Enter")
    expect(researcher.get_by_role("alert")).to_contain_text("Nothing was deleted")
    researcher.get_by_label("Type the pseudonym").fill("P1")
    researcher.keyboard.press("Enter")
    expect(researcher.get_by_role("heading", name="Withdrawn on")).to_be_visible()
    researcher.goto(f"{house.url}/trials?participant=P1")
    expect(researcher.get_by_text("No trial fits.")).to_be_visible()


def test_settings_are_changed_and_refused_in_words(researcher: Page, house: House) -> None:
    researcher.goto(f"{house.url}/progress")
    researcher.get_by_role("link", name="Rating settings").first.press("Enter")
    researcher.get_by_label("Gold trials").fill("150")
    researcher.get_by_label("Raters a trial").fill("5")
    researcher.get_by_role("button", name="Save").press("Enter")
    expect(researcher.get_by_text("expected a number from 0 to 100")).to_be_visible()
    expect(researcher.get_by_label("Raters a trial")).to_have_value("5")
    researcher.get_by_label("Gold trials").fill("15")
    researcher.get_by_role("button", name="Save").press("Enter")
    expect(researcher.get_by_role("status")).to_contain_text("Saved")
    with house.database.reading() as session:
        study = session.get_one(Study, "smiles")
        assert (study.raters_per_instrument, study.gold_share) == (5, 0.15)


def test_a_table_is_fetched(researcher: Page, house: House, tmp_path: Path) -> None:
    researcher.goto(f"{house.url}/exports")
    researcher.get_by_label("simulated").check()
    researcher.get_by_label("real").uncheck()
    researcher.get_by_role("button", name="Choose").click()
    expect(researcher.get_by_role("status")).to_contain_text("3 trials of origin simulated")
    with researcher.expect_download() as coming:
        researcher.get_by_role("link", name="trials as csv").click()
    coming.value.save_as(tmp_path / "trials.csv")
    with (tmp_path / "trials.csv").open(newline="", encoding="utf-8") as file:
        assert {row["participant"] for row in csv.DictReader(file)} == {"P0", "P1", "P2"}
