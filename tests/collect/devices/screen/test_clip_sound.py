"""A clip's sound begins when its picture does, to the sample, and says when that was. The card is made up here."""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from collect.devices.screen.clip_frames import ClipSound, _from_time_0
from collect.devices.screen.clip_sound import SoundFeed, SoundPlayer

RATE = 1000  # one sample a millisecond
MS = 1_000_000
SAMPLES = np.arange(1, 9, dtype=np.float32).repeat(2).reshape(-1, 2) / np.float32(10)


def filled(feed: SoundFeed, reaches_ear_ms: int, rows: int = 5) -> NDArray[np.float32]:
    out = np.ones((rows, 2), np.float32)
    feed.fill(out, reaches_ear_ms * MS)
    return out


def test_sound_begins_at_its_time_within_a_buffer() -> None:
    feed = SoundFeed(ClipSound(SAMPLES, RATE))
    assert not filled(feed, 100).any()  # nobody has said when
    feed.begin_at(112 * MS)
    assert not filled(feed, 105).any()
    assert feed.began_ns is None
    out = filled(feed, 110)
    assert not out[:2].any()
    np.testing.assert_array_equal(out[2:], SAMPLES[:3])
    assert feed.began_ns == 112 * MS
    np.testing.assert_array_equal(filled(feed, 115), SAMPLES[3:8])
    assert not filled(feed, 120).any()
    assert feed.began_ns == 112 * MS


def test_a_card_that_is_behind_begins_as_soon_as_it_can_and_says_so() -> None:
    feed = SoundFeed(ClipSound(SAMPLES, RATE))
    feed.begin_at(90 * MS)
    np.testing.assert_array_equal(filled(feed, 100), SAMPLES[:5])
    assert feed.began_ns == 100 * MS


class Card:
    """What PortAudio would be: calls back when the test wants it to."""

    latency = 0.02

    def __init__(self) -> None:
        self.did: list[str] = []

    def opened(self, rate_hz: int, callback: Callable[..., None]) -> "Card":
        self.rate_hz, self.callback = rate_hz, callback
        return self

    def start(self) -> None:
        self.did.append("start")

    def abort(self) -> None:
        self.did.append("abort")

    def close(self) -> None:
        self.did.append("close")


def player(card: Card) -> SoundPlayer:
    return SoundPlayer(ClipSound(SAMPLES, RATE), card.opened, now_ns=lambda: 1000 * MS)


def test_the_stream_runs_before_it_is_heard_and_is_closed_at_once() -> None:
    card = Card()
    sound = player(card)
    assert (card.did, card.rate_hz) == (["start"], RATE)
    assert sound.notice_ns > card.latency * 1e9
    sound.close()
    assert card.did == ["start", "abort", "close"]


@pytest.mark.parametrize(
    ("dac_s", "heard_ms"),
    [(7.030, 1030), (0.0, 1020), (99.0, 1020)],  # a card without a clock is taken by its stated latency
)
def test_the_cards_clock_says_when_the_sound_is_heard(dac_s: float, heard_ms: int) -> None:
    card = Card()
    sound = player(card)
    sound.feed.begin_at(1000 * MS)
    out = np.ones((4, 2), np.float32)
    card.callback(out, 4, SimpleNamespace(outputBufferDacTime=dac_s, currentTime=7.0), None)
    assert sound.feed.began_ns is not None
    assert sound.feed.began_ns == pytest.approx(heard_ms * MS, abs=1000)


def test_a_sound_that_begins_later_than_the_clip_is_kept_waiting() -> None:
    later = _from_time_0(SAMPLES, 0.003, RATE)
    assert not later[:3].any()
    np.testing.assert_array_equal(later[3:], SAMPLES)
    np.testing.assert_array_equal(_from_time_0(SAMPLES, -0.002, RATE), SAMPLES[2:])
