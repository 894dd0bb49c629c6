"""A study with a mistake is refused with line and field; the order of clips keeps its promises."""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collect.bundle.errors import DocumentError
from collect.bundle.manifest import Clip, StimulusManifest
from collect.bundle.study import Study, parse_study
from collect.plan.session_plan import session_plan
from collect.study import load_study

GOLDEN = Path(__file__).parents[1] / "golden/bundle-v1"
STUDY = (GOLDEN / "study.yaml").read_text()
EMOTIONS = ["happiness", "sadness", "fear", "surprise"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The golden bundle's study beside its stimuli, as a lab would have them."""
    (tmp_path / "stimuli").mkdir()
    for name in ("stimuli/manifest.yaml", "stimuli/grey.mp4", "study.yaml"):
        (tmp_path / name).write_bytes((GOLDEN / name).read_bytes())
    return tmp_path


def test_a_study_is_loaded_with_its_clips(folder: Path) -> None:
    loaded = load_study(folder / "study.yaml")
    assert loaded.raw == STUDY.encode()
    assert loaded.manifest_raw == (folder / "stimuli/manifest.yaml").read_bytes()
    assert loaded.clip_files == {"grey": folder / "stimuli/grey.mp4"}
    assert loaded.study.self_report == ("seven", "three", "valence", "arousal")


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("order: fixed", "order: shuffled", r"line 6, field 'order': .*'shuffled'"),
        ("order: fixed", "ordr: fixed", r"line 6, field 'ordr': this field is not known"),
        (
            "order: fixed",
            "order: fixed\nclips: [grey, blue]",
            r"line 7, field 'clips\[1\]': .* no clip 'blue'. It has: grey",
        ),
        ("order: fixed", "order: fixed\nclips: [grey, grey]", r"'clips' names 'grey' twice"),
        ("stimuli/manifest.yaml", "elsewhere.yaml", r"line 5, field 'stimuli': there is no"),
        ("rate_hz: 250", "rate_hz: fast", r"line 12, field 'tracker\.rate_hz'"),
        ("kind: simulated, rate_hz: 250", "kind: eyelink, rate_hz: 250", r"line 12, .*address': this field is missing"),
        ("kind: simulated, rate_hz: 250", "kind: tobii", r"line 12, field 'tracker'"),
        (
            "camera: {kind: simulated",
            "camera: {kind: imported",
            r"line 13, field 'camera\.kind': nothing can be recorded",
        ),
        ("required: [recording]", "required: [rating]", r"line 9, field 'consent\.required': .* must name 'recording'"),
        ("offered: [rating", "offered: [recording", r"field 'consent\.offered\[0\]': a scope stands twice"),
        ("title: The example\n", "", r"field 'title': this field is missing"),
    ],
)
def test_mistakes_are_named(folder: Path, before: str, after: str, complaint: str) -> None:
    assert before in STUDY
    (folder / "study.yaml").write_text(STUDY.replace(before, after))
    with pytest.raises(DocumentError, match=complaint) as caught:
        load_study(folder / "study.yaml")
    assert str(folder) in str(caught.value)


TWO_BLOCKS = "blocks:\n  - {name: one, clips: [a, b]}\n  - {name: two, clips: [c, d]}\n"


@pytest.mark.parametrize(
    ("added", "complaint"),
    [
        ("clips: [a]\n" + TWO_BLOCKS, r"line 14, field 'clips': 'clips' and 'blocks' exclude each other"),
        (TWO_BLOCKS.replace("two", "one"), r"line 16, field 'blocks\[1\]\.name': two blocks have the name 'one'"),
        (TWO_BLOCKS.replace("[c, d]", "[c, a]"), r"line 16, field 'blocks\[1\]\.clips\[1\]': .*'a' twice as a trial"),
        (TWO_BLOCKS + "practice:\n  - x\n  - d\n", r"line 19, field 'practice\[1\]': 'd' is a trial too"),
        ("clips: [a, b]\npractice: [x, x]\n", r"line 15, field 'practice\[1\]': 'practice' names 'x' twice"),
        ("block_order: random\n", r"line 14, field 'block_order': 'random' needs two blocks"),
        (TWO_BLOCKS.replace("[c, d]", "[c], order: latin_square"), r"line 16, field 'blocks\[1\]\.order': a Latin"),
        ("clips: [a, b]\nbreak_every: 2\n", r"line 15, field 'break_every': .* never comes, since there are 2"),
        (
            "limits:\n  trial:\n    gaze_valid: [0.5, 0.8]\n",
            r"line 16, field 'limits\.trial\.gaze_valid': more is better",
        ),
        ("limits: {trial: {camera_lost: [0.1, 0.01]}}\n", r"field 'limits\.trial\.camera_lost': less is better"),
        (
            "limits: {stimuli: {loudness_lufs: [-13, -33]}}\n",
            r"field 'limits\.stimuli\.loudness_lufs': the first number is the least",
        ),
        (
            "limits: {calibration: {mean_deg: 3}}\n",
            r"field 'limits\.calibration\.mean_deg': .* of the greatest, 2",
        ),
        ("baseline: nowhere\n", r"line 14, field 'baseline': .* no clip 'nowhere'. It has: grey"),
        ("washout: nowhere\n", r"line 14, field 'washout': .* no clip 'nowhere'"),
        ("mood_repair: nowhere\n", r"line 14, field 'mood_repair': .* no clip 'nowhere'"),
        ("practice: [nowhere]\n", r"line 14, field 'practice\[0\]': .* no clip 'nowhere'"),
        (TWO_BLOCKS.replace("[a, b]", "[grey, b]"), r"line 15, field 'blocks\[0\]\.clips\[1\]': .* no clip 'b'"),
        ("washout: grey\n", r"line 5, field 'stimuli': .* no trial is left"),
    ],
)
def test_what_cannot_be_run_together_is_named(folder: Path, added: str, complaint: str) -> None:
    (folder / "study.yaml").write_text(STUDY + added)
    with pytest.raises(DocumentError, match=complaint):
        load_study(folder / "study.yaml")


def test_clips_of_every_role_are_found(folder: Path) -> None:
    (folder / "study.yaml").write_text(STUDY + "clips: [grey]\nbaseline: grey\nwashout: grey\nmood_repair: grey\n")
    assert load_study(folder / "study.yaml").clip_files == {"grey": folder / "stimuli/grey.mp4"}


def test_a_clip_whose_file_is_absent_is_named(folder: Path) -> None:
    (folder / "stimuli/grey.mp4").unlink()
    with pytest.raises(DocumentError, match=r"manifest\.yaml, line 7, clip 'grey', field 'file': there is no file"):
        load_study(folder / "study.yaml")


def test_an_absent_study_is_told(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="the study cannot be read"):
        load_study(tmp_path / "study.yaml")


def study_of(order: str, title: str = "x") -> Study:
    return parse_study(STUDY.replace("order: fixed", f"order: {order}").replace("The example", title).encode(), "s")


def clip_order(study: Study, manifest: StimulusManifest, participant: str) -> tuple[str, ...]:
    return tuple(planned.clip for planned in session_plan(study, manifest, participant))


def set_of(emotions: list[str]) -> StimulusManifest:
    clips = [
        Clip.model_validate({"id": f"c{n}", "emotion": emotion, "licence": "x", "source": "x"})
        for n, emotion in enumerate(emotions)
    ]
    return StimulusManifest(id="set", title="x", clips=tuple(clips))


@given(st.lists(st.sampled_from(EMOTIONS), min_size=1, max_size=16), st.from_regex(r"\A[A-Z][0-9]{1,3}\Z"))
@settings(max_examples=150, deadline=None)
def test_no_two_neighbours_of_one_emotion_where_that_can_be(emotions: list[str], participant: str) -> None:
    manifest = set_of(emotions)
    order = clip_order(study_of("random"), manifest, participant)
    assert sorted(order) == sorted(clip.id for clip in manifest.clips)
    felt = [clip.emotion for clip_id in order if (clip := manifest.clip(clip_id)) is not None]
    neighbours = sum(before == after for before, after in pairwise(felt))
    commonest = max(Counter(emotions).values())
    assert neighbours == max(0, commonest - (len(emotions) - commonest) - 1)


def test_an_order_belongs_to_a_participant_and_a_study() -> None:
    manifest = set_of(EMOTIONS * 4)
    order = clip_order(study_of("random"), manifest, "P01")
    assert order == clip_order(study_of("random"), manifest, "P01")
    assert order != clip_order(study_of("random"), manifest, "P02")
    assert order != clip_order(study_of("random", title="y"), manifest, "P01")
    assert clip_order(study_of("fixed"), manifest, "P01") == tuple(clip.id for clip in manifest.clips)


def test_every_clip_comes_first_for_somebody() -> None:
    manifest = set_of(EMOTIONS)
    first = Counter(clip_order(study_of("random"), manifest, f"P{n}")[0] for n in range(400))
    assert min(first.values()) > 60  # 100 expected each
