"""How the command line speaks: progress bars, tables, the next step, errors. Everything but results goes to stderr."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

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
