"""Seconds since a session began, also where it was resumed after a reboot and host times began anew."""

from collect.bundle.format import JournalEvent, SessionResumed
from collect.bundle.reader import Bundle
from collect.bundle.tables import Table


class SessionTime:
    """Parts of a session follow each other: after a reboot, the next begins where the last one was heard of."""

    def __init__(self, bundle: Bundle) -> None:
        self._resumes = [event for event in bundle.journal if isinstance(event, SessionResumed)]
        #: For each part, the host time that is second 0 of the session.
        self._zero_ns = [bundle.header.created_ns]
        last_ns = bundle.header.created_ns
        for event in bundle.journal:
            if isinstance(event, SessionResumed):
                so_far_ns = last_ns - self._zero_ns[-1]
                self._zero_ns.append(event.t_ns - so_far_ns if event.reboot else self._zero_ns[-1])
            last_ns = event.t_ns

    @property
    def parts(self) -> int:
        return len(self._zero_ns)

    def seconds(self, part: int, t_ns: int) -> float:
        return round((t_ns - self._zero_ns[part]) / 1e9, 3)

    def zero_ns(self, part: int) -> int:
        """The host time of that part which is second 0 of the session; may be negative."""
        return self._zero_ns[part]

    def part_of_table(self, name: str, table: Table, part: int) -> Table:
        """The rows of one of the bundle's CSV files that were written in that part."""
        cuts = [0, *(event.lines.get(name, 0) for event in self._resumes), len(table)]
        return table[cuts[part] : cuts[part + 1]]

    def told(self, journal: tuple[JournalEvent, ...]) -> list[tuple[float, JournalEvent]]:
        """Every event with its second of the session."""
        part, told = 0, []
        for event in journal:
            part += isinstance(event, SessionResumed)
            told.append((self.seconds(part, event.t_ns), event))
        return told
