"""An experimenter who asks for things at chosen moments, and keeps all that was shown."""

from collections.abc import Callable

from collect.operator.protocol import OperatorStatus, Request


class ScriptedOperator:
    """Satisfies Operator. `asks`: from a status to a request, each asked once, as soon as its moment comes."""

    def __init__(self, asks: dict[Request, Callable[[OperatorStatus], bool]] | None = None) -> None:
        self._asks = dict(asks or {})
        self.shown: list[OperatorStatus] = []
        self._asked: list[Request] = []

    def show(self, status: OperatorStatus) -> None:
        self.shown.append(status)
        for request in [request for request, moment in self._asks.items() if moment(status)]:
            del self._asks[request]
            self._asked.append(request)

    def requests(self) -> tuple[Request, ...]:
        asked, self._asked = tuple(self._asked), []
        return asked

    def close(self) -> None:
        """Nothing to close."""

    @property
    def states(self) -> list[str]:
        """Each state once, as they followed each other."""
        states = [status.state for status in self.shown]
        return [state for state, before in zip(states, [None, *states[:-1]], strict=True) if state != before]
