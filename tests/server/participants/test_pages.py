"""The pages of participants: who may see them, what they say of consent, and the one that deletes."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from server.db.studies import Participant, Withdrawal
from tests.server.participants.withdrawn_house import MODEL, furnish
from tests.server.rows import add_recording, add_trial

ClientOf = Callable[[str], TestClient]
PAGE = {"Accept": "text/html"}


@pytest.fixture
def people(app: FastAPI) -> dict[str, int]:
    """P01 agreed to everything, P02 to nothing, P03 to rating in one of two sessions."""
    with app.state.database.transaction() as session:
        add_trial(session, participant="P01", consent_publication=True)
        add_recording(session, participant="P02", consent_rating=False, consent_training=False)
        add_recording(session, participant="P03", consent_training=False)
        add_recording(session, participant="P03", consent_rating=False, consent_training=False)
        return {person.pseudonym: person.id for person in session.scalars(select(Participant))}


def test_the_list_says_what_each_agreed_to(client_of: ClientOf, people: dict[str, int]) -> None:
    rows = client_of("experimenter").get("/api/participants").json()["participants"]
    told = {row["participant"]: (row["recordings"], row["trials"], row["agreed_to"], row["differs"]) for row in rows}
    assert told == {
        "P01": (1, 1, ["rating", "training", "publication"], False),
        "P02": (1, 0, [], False),
        "P03": (2, 0, [], True),
    }


def test_the_list_comes_in_pages(app: FastAPI, client_of: ClientOf) -> None:
    with app.state.database.transaction() as session:
        for number in range(120):
            add_recording(session, participant=f"P{number:03d}", study="smiles" if number % 2 else "frowns")
    client, found, after = client_of("researcher"), [], ""
    while True:
        page = client.get("/api/participants", params={"after": after}).json()
        found += [(row["study"], row["participant"]) for row in page["participants"]]
        if not (after := page["next"]):
            break
    assert found == sorted(found)
    assert len(set(found)) == 120
    only = client.get("/api/participants", params={"study": "frowns"}).json()
    assert {row["study"] for row in only["participants"]} == {"frowns"}
    html = client.get("/participants", headers=PAGE).text
    assert "after=frowns" in html
    assert client.get("/participants", params={"after": "nonsense"}).status_code == 422


def test_consent_is_told_in_words(client_of: ClientOf, people: dict[str, int]) -> None:
    client = client_of("researcher")
    page = client.get(f"/participants/{people['P02']}", headers=PAGE).text
    assert "Nobody looks at face, gaze or self-report" in page
    assert "must not leave the lab" in page
    page = client.get(f"/participants/{people['P01']}", headers=PAGE).text
    assert "may be shown outside the lab" in page


def test_an_experimenter_looks_and_cannot_withdraw(client_of: ClientOf, people: dict[str, int]) -> None:
    client = client_of("experimenter")
    assert "withdraw" not in client.get(f"/participants/{people['P01']}", headers=PAGE).text.replace(
        "A researcher can withdraw this participant", ""
    ).replace("withdraws", "")
    assert client.get(f"/participants/{people['P01']}/withdraw").status_code == 403
    answer = client.post(f"/participants/{people['P01']}/withdraw", data={"pseudonym": "P01"})
    assert answer.status_code == 403


def test_the_page_says_what_goes_and_deletes_only_when_the_pseudonym_is_typed(
    app: FastAPI, client_of: ClientOf, tmp_path: Path
) -> None:
    house = furnish(app.state.database, tmp_path)
    with app.state.database.reading() as session:
        number = session.scalars(select(Participant).filter_by(pseudonym="P01")).one().id
    client = client_of("researcher")
    page = client.get(f"/participants/{number}/withdraw", headers=PAGE).text
    assert house.snapshot in page
    assert MODEL in page
    for told in (">2</strong> recordings", ">6</strong> files", ">12</strong> answers", ">4</strong> predictions"):
        assert told in page
    for wrong in ("", "P02", "p01"):
        refused = client.post(f"/participants/{number}/withdraw", data={"pseudonym": wrong}, headers=PAGE)
        assert refused.status_code == 422
        assert "Nothing was deleted" in refused.text
    with app.state.database.reading() as session:
        assert session.scalars(select(Withdrawal)).all() == []
    done = client.post(f"/participants/{number}/withdraw", data={"pseudonym": " P01 "}, headers=PAGE)
    assert (done.status_code, done.headers["location"]) == (303, f"/participants/{number}")
    page = client.get(f"/participants/{number}", headers=PAGE).text
    assert "Withdrawn on" in page
    assert house.snapshot in page
    assert MODEL in page
    assert "withdrawn" in client.get("/participants", headers=PAGE).text


def test_by_api_too_and_in_words(app: FastAPI, client_of: ClientOf, tmp_path: Path) -> None:
    furnish(app.state.database, tmp_path)
    with app.state.database.reading() as session:
        number = session.scalars(select(Participant).filter_by(pseudonym="P01")).one().id
    client = client_of("admin")
    refused = client.post(f"/api/participants/{number}/withdraw", json={"participant": "P02"})
    assert (refused.status_code, "Nothing was deleted" in refused.json()["detail"]) == (422, True)
    done = client.post(f"/api/participants/{number}/withdraw", json={"participant": "P01"}).json()
    assert (done["trials"], done["answers"], done["models"]) == (2, 12, [MODEL])
    assert client.get("/api/participants/99999").status_code == 404


def test_a_name_with_html_in_it_is_only_a_name(app: FastAPI, client_of: ClientOf) -> None:
    with app.state.database.transaction() as session:
        add_recording(session, participant="<img src=x>", study="smiles")
        number = session.scalars(select(Participant)).one().id
    client = client_of("researcher")
    for address in ("/participants", f"/participants/{number}", f"/participants/{number}/withdraw"):
        text = client.get(address, headers=PAGE).text
        assert "<img src=x>" not in text
        assert "&lt;img src=x&gt;" in text
