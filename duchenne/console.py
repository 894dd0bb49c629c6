"""How the command line speaks: progress bars, tables, the next step, errors. Everything but results goes to stderr."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich import box
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table
from rich.text import Text

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


@contextmanager
def bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar; the value it gives is the `progress(done, total)` that the rooms' functions take."""
    columns = (
        TextColumn("  {task.description:<34}"),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=False) as progress:
        task = progress.add_task(title, total=None)

        def move(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        yield move


class StepBars:
    """Several bars below each other, each made at its first move. Those of bytes tell the speed and the time left."""

    def __init__(self) -> None:
        columns = (TextColumn("  {task.description:<34}"), BarColumn(bar_width=28), _HowFar())
        self._progress = Progress(*columns, console=err, transient=False)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> "StepBars":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def move(self, title: str, done: int, total: int, *, in_bytes: bool) -> None:
        if title not in self._tasks:
            self._tasks[title] = self._progress.add_task(title, total=total, completed=done, in_bytes=in_bytes)
        self._progress.update(self._tasks[title], completed=done, total=total)

    def count(self, title: str, done: int, total: int) -> None:
        """A step of things that are counted, as server.backup tells of them."""
        self.move(title, done, total, in_bytes=False)

    def say(self, text: str) -> None:
        """A line above the bars."""
        self._progress.console.print(f"  {text}", style="yellow", markup=False)


class _HowFar(ProgressColumn):
    """Bytes, speed and time left; or how many of how many."""

    def __init__(self) -> None:
        super().__init__()
        self._of_bytes = (DownloadColumn(binary_units=True), TransferSpeedColumn(), TimeRemainingColumn())
        self._of_things = (MofNCompleteColumn(), TimeElapsedColumn())

    def render(self, task: Task) -> Text:
        columns = self._of_bytes if task.fields["in_bytes"] else self._of_things
        return Text("  ").join(column.render(task) for column in columns)


def tell(text: str) -> None:
    """A result, on stdout."""
    out.print(text, markup=False)


def tell_next(*steps: str) -> None:
    """What to do next, one command a line."""
    err.print("\nNext:", style="bold")
    for step in steps:
        err.print(f"  {step}", markup=False)


def tell_error(text: str) -> None:
    err.print(f"error: {text}", style="red", markup=False)


def tell_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    table = Table(title=title, title_justify="left", title_style="bold", header_style="dim", box=box.SIMPLE_HEAD)
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(str(value) for value in row))
    out.print(table)


def tell_note(text: str) -> None:
    """Worth knowing, but no fault."""
    err.print(f"note: {text}", style="yellow", markup=False)
