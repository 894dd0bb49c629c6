"""No view for the experimenter: sessions in tests, and studies that want none."""

from collect.operator.protocol import OperatorStatus, Request


class SilentOperator:
    """Satisfies Operator: shows nothing and asks for nothing."""

    def show(self, status: OperatorStatus) -> None:
        """Nobody looks."""

    def requests(self) -> tuple[Request, ...]:
        return ()

    def close(self) -> None:
        """Nothing to close."""
