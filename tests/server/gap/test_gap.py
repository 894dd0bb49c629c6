"""The gap from a real database: as data, as a page, and down to the trials."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from annotate.gap.answers import both_answered
from annotate.gap.gap import find_gap
from server.db.ratings import RatingTask, Vote
from server.db.studies import Participant
from server.db.trials import Trial
from tests.annotate.gap.made_up import MadeUp, Plan, make_up
from tests.server.gap.study import put_in

SMALL = Plan(participants=6, clips=7, pool=4)
LINK = re.compile(r'href="(/gap/[^"#]*)')


@pytest.fixture
def made(app: FastAPI) -> MadeUp:
    study = make_up(SMALL)
    with app.state.database.transaction() as session:
        put_in(session, study)
    return study


def figures(client: TestClient, query: str = "") -> dict[str, Any]:
    document: dict[str, Any] = client.get(f"/api/gap{query}").json()
    return document["figures"]


def test_the_database_gives_the_figures_of_the_plain_answers(
    client_of: Callable[[str], TestClient], made: MadeUp
) -> None:
    told = figures(client_of("researcher"))
    gap = find_gap(both_answered(made.answers, made.facts))
    assert gap is not None
    assert gap.overall.differ.above is not None
    assert (told["trials"], told["participants"], told["er_raters"]) == (42, 6, 4)
    assert told["overall"]["differ"]["above"]["value"] == pytest.approx(gap.overall.differ.above.value)
    assert told["overall"]["differ"]["above"]["participants"] == 6
    assert {one["name"] for one in told["by_clip"]} == {fact.stimulus for fact in made.facts.values()}
    assert told["self_report"]["trials_with_class"] == 42
    assert told["finding"][0].startswith("Faces showed another emotion than was felt")


def test_simulated_recordings_are_offered_in_words_and_shown_only_by_name(
    app: FastAPI, client_of: Callable[[str], TestClient]
) -> None:
    with app.state.database.transaction() as session:
        put_in(session, make_up(SMALL), origin="simulated")
    client = client_of("researcher")
    assert figures(client) is None
    page = client.get("/gap").text
    assert "show the gap of the simulated recordings" in page
    link = re.search(r'href="(/gap\?origin=simulated)"', page)
    assert link
    shown = client.get(link[1]).text
    assert "Simulated recordings are in these figures" in shown
    assert figures(client, "?origin=simulated")["trials"] == 42


def test_every_link_of_the_page_leads_to_the_trials_that_its_figure_counts(
    client_of: Callable[[str], TestClient], made: MadeUp
) -> None:
    client = client_of("researcher")
    page = client.get("/gap")
    assert page.status_code == 200
    links = {link.replace("&amp;", "&") for link in LINK.findall(page.text)}
    assert len(links) > 40
    for link in sorted(links)[:: max(1, len(links) // 12)]:
        assert client.get(link).status_code == 200, link
    told = figures(client)
    cell = max((cell for row in told["confusion"]["rows"] for cell in row), key=lambda cell: cell["count"])
    listed = client.get("/api/gap/trials", params={"felt": cell["felt"], "shown": cell["shown"]}).json()
    assert sum(trial["weight"] for trial in listed["trials"]) == pytest.approx(cell["count"], abs=1e-4)
    for trial in listed["trials"]:
        assert cell["felt"] in dict(trial["felt"])
        assert cell["shown"] in dict(trial["shown"])
        assert f"/trials/{trial['id']}" in client.get(f"/gap/trials?felt={cell['felt']}&shown={cell['shown']}").text
    masked = client.get("/api/gap/trials", params={"kind": "masked"}).json()
    assert masked["total"] > 0
    clip = told["by_clip"][0]
    assert client.get("/api/gap/trials", params={"stimulus": clip["id"]}).json()["total"] == clip["figures"]["trials"]


def test_trials_come_page_by_page_each_once(app: FastAPI, client_of: Callable[[str], TestClient]) -> None:
    with app.state.database.transaction() as session:
        put_in(session, make_up(Plan(participants=9, clips=14, raters=1)))
    client = client_of("researcher")
    seen: list[str] = []
    after: str | None = ""
    pages = 0
    while after is not None:
        page = client.get("/api/gap/trials", params={"after": after} if after else {}).json()
        seen += [trial["id"] for trial in page["trials"]]
        after = page["next"]
        pages += 1
    assert (pages, len(seen), len(set(seen))) == (3, 126, 126)
    refused = client.get("/api/gap/trials", params={"after": "nonsense"})
    assert refused.status_code == 422
    assert "begin again" in refused.json()["detail"]


def test_what_is_asked_for_wrongly_is_refused_in_words(client_of: Callable[[str], TestClient]) -> None:
    client = client_of("researcher")
    for query in ("?origin=martian", "?raters=0", "?label=vote", "?answers=later"):
        assert client.get(f"/api/gap{query}").status_code == 422
    assert client.get("/gap/by/moon").status_code == 422
    assert client.get("/api/gap/trials?felt=boredom").status_code == 422
    assert client.get("/api/gap?study=nowhere").json()["figures"] is None


def test_a_new_answer_and_a_withdrawal_change_the_figures_at_once(
    app: FastAPI, client_of: Callable[[str], TestClient], made: MadeUp
) -> None:
    client = client_of("researcher")
    before = figures(client)
    with app.state.database.transaction() as session:
        first = session.scalars(select(Vote).where(Vote.instrument == "ER").order_by(Vote.id)).first()
        correction = {name: getattr(first, name) for name in ("task_id", "instrument", "rater_id", "seven", "three")}
        session.add(
            Vote(**correction, valence=-1.0 if first.valence > 0 else 1.0, arousal=first.arousal, flags="",
                 idempotency_key="corrected", created_utc=datetime.now(UTC), supersedes_id=first.id)
        )  # fmt: skip
    after = figures(client)
    assert after["trials"] == before["trials"]
    assert after["overall"]["valence"]["felt"] != before["overall"]["valence"]["felt"]
    with app.state.database.transaction() as session:
        person = session.scalars(select(Participant).where(Participant.pseudonym == "P00")).one()
        person.withdrawn_utc = datetime.now(UTC)
    gone = figures(client)
    assert (gone["participants"], gone["trials"]) == (5, 35)
    assert "P00" not in client.get("/gap").text


def test_training_trials_and_answers_after_a_model_spoke_are_told_apart(
    app: FastAPI, client_of: Callable[[str], TestClient], made: MadeUp
) -> None:
    with app.state.database.transaction() as session:
        task = session.scalars(select(RatingTask).order_by(RatingTask.id)).first()
        task.purpose = "training"
        blind = session.scalars(
            select(Vote)
            .join(RatingTask, RatingTask.id == Vote.task_id)
            .where(RatingTask.id != task.id, Vote.valence < 0)
        ).first()
        changed = {name: getattr(blind, name) for name in ("task_id", "instrument", "rater_id", "arousal", "intensity")}
        session.add(
            Vote(**changed, seven="happiness", three="positive", valence=1.0, flags="", prelabel_seen=True,
                 idempotency_key="seen", created_utc=datetime.now(UTC), supersedes_id=blind.id)
        )  # fmt: skip
        trials = session.scalar(select(func.count()).select_from(Trial))
    client = client_of("researcher")
    before = client.get("/api/gap").json()
    after = client.get("/api/gap?answers=final").json()
    assert before["figures"]["trials"] == trials - 1
    assert before["revised_after_prelabel"] == after["revised_after_prelabel"] == 1
    assert before["figures"]["overall"]["valence"] != after["figures"]["overall"]["valence"]
    assert "1 answer was changed after a model's label was shown; what was said before it counts" in " ".join(
        client.get("/gap").text.split()
    )


def test_nobody_but_researchers_gets_in(client_of: Callable[[str], TestClient]) -> None:
    for role in ("rater", "adjudicator", "experimenter"):
        client = client_of(role)
        for path in ("/gap", "/api/gap", "/gap/trials", "/api/gap/trials", "/gap/by/clip"):
            assert client.get(path).status_code == 403, (role, path)


def test_an_empty_house_says_what_to_do(client_of: Callable[[str], TestClient]) -> None:
    page = client_of("researcher").get("/gap").text
    assert "No trial has usable answers under both instruments" in page
    assert "with two raters of each" in page
