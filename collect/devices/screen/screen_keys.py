"""Keys as the window receives them: what was pressed, and whether the participant holds the key that stops."""

from typing import Any, Literal

from collect.devices.protocols import Clock, StopRequested

#: Held for this long it stops the session; a touch by mistake does not.
STOP_KEY = "escape"
STOP_HOLD_NS = 1_000_000_000
#: Up for less than this is an automatic repeat, not a finger.
_REPEAT_NS = 40_000_000

#: Among what is typed: the last character goes, and the text is finished.
ERASE, DONE = "\b", "\r"

_OTHER_NAMES = {"enter": "return", "num_enter": "return"}


def key_name(symbol: str) -> str:
    """'A' → 'a', '_7' and 'NUM_7' → '7', 'ENTER' → 'return': one name a meaning, wherever the key is."""
    name = symbol.lower()
    name = _OTHER_NAMES.get(name, name)
    digit = name.removeprefix("num_").removeprefix("_")
    return digit if digit.isdigit() else name


class Keys:
    """Collects the window's key events between two looks at them.

    X servers repeat a held key as release and press in one breath; a release counts once the key stayed up for a while.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pressed: list[str] = []
        self._typed: list[str] = []
        self._down_since_ns: dict[str, int] = {}
        self._up_since_ns: dict[str, int] = {}

    def attach(self, window: Any) -> None:
        """window: a pyglet window; its own handlers stay in place."""
        from pyglet.window import key

        erasing = {key.MOTION_BACKSPACE, key.MOTION_DELETE}

        def on_key_press(symbol: int, _modifiers: int) -> None:
            self.press(key_name(key.symbol_string(symbol)))

        def on_key_release(symbol: int, _modifiers: int) -> None:
            self.release(key_name(key.symbol_string(symbol)))

        def on_text_motion(motion: int) -> None:
            if motion in erasing:
                self.type(ERASE)

        window.push_handlers(
            on_key_press=on_key_press, on_key_release=on_key_release, on_text=self.type, on_text_motion=on_text_motion
        )

    def press(self, name: str) -> None:
        self._forget_released()
        self._up_since_ns.pop(name, None)
        if name not in self._down_since_ns:
            self._down_since_ns[name] = self._clock.now_ns()
            self._pressed.append(name)
            if name == "return":
                self._typed.append(DONE)

    def type(self, text: str) -> None:
        """What a key, or several, wrote; repeats count. A line end counts as pressed, not as written: a Return key that
        is still held from the page before must not end this one."""
        self._typed.extend(character for character in text if character not in "\r\n")

    def release(self, name: str) -> None:
        self._up_since_ns[name] = self._clock.now_ns()

    def clear(self) -> None:
        """Forget what was pressed before the page was there; a key that is held stays held."""
        self._pressed.clear()
        self._typed.clear()

    def take(self) -> list[str]:
        """What was pressed since the last look, in order, repeats left out.

        Raises StopRequested once the stop key was held long enough.
        """
        self._forget_released()
        since_ns = self._down_since_ns.get(STOP_KEY)
        if since_ns is not None and self._clock.now_ns() - since_ns >= STOP_HOLD_NS:
            raise StopRequested("participant")
        taken, self._pressed = self._pressed, []
        return taken

    def take_typed(self) -> str:
        """What was written since the last look, with ERASE and DONE among it in their order."""
        taken, self._typed = "".join(self._typed), []
        return taken

    def _forget_released(self) -> None:
        now_ns = self._clock.now_ns()
        for name in [name for name, up_ns in self._up_since_ns.items() if now_ns - up_ns >= _REPEAT_NS]:
            del self._up_since_ns[name]
            self._down_since_ns.pop(name, None)


class Selection:
    """One of n numbered places, chosen by digit or by arrows and confirmed by Enter. Counts from 1; None at first."""

    def __init__(self, places: int) -> None:
        self._places = places
        self.chosen: int | None = None

    def press(self, key: str) -> Literal["moved", "confirmed", "ignored"]:
        middle = (self._places + 1) // 2
        if key.isdigit() and 1 <= int(key) <= self._places:
            self.chosen = int(key)
        elif key == "left":
            self.chosen = middle if self.chosen is None else max(1, self.chosen - 1)
        elif key == "right":
            self.chosen = middle if self.chosen is None else min(self._places, self.chosen + 1)
        elif key == "return" and self.chosen is not None:
            return "confirmed"
        else:
            return "ignored"
        return "moved"
