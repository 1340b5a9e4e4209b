"""What lies in landing, loaded in one go: feeds side by side in one process, told in the order of their names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cli import console
from schemas.errors import BlockdataError, UsageError

if TYPE_CHECKING:
    from transforms.taking import Taken


@dataclass(frozen=True)
class Told:
    """What became of what lay there. `waits`: feed, file and why of what was not loaded: silence would be taken for
    done. `failed`: feed and error of those that did not come to their end."""

    results: list[Any]
    waits: list[tuple[str, str, str]] = field(default_factory=list)
    failed: list[tuple[str, BlockdataError]] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """Of what failed; DONE where nothing did."""
        return max((error.exit_code for _, error in self.failed), default=console.DONE)

    def document(self) -> dict[str, Any]:
        """As JSON holds it; `failed` is there only where something failed."""
        waits = [dict(zip(("feed_id", "file", "why"), one, strict=True)) for one in self.waits]
        failed = [{"feed_id": name, "error": error.message, "mend": error.mend} for name, error in self.failed]
        told = {"deliveries": [console.plain(result) for result in self.results], "waiting": waits}
        return {**told, **({"failed": failed} if failed else {})}

    def say_rest(self) -> None:
        """What waits and what failed, for the person at the keyboard."""
        if not self.results and not self.failed:
            console.say("nothing complete lies in landing")
        for name, name_of_file, why in self.waits:
            console.note(f"  waits: landing/{name}/{name_of_file}: {why}")
        for name, error in self.failed:
            console.note(f"blockdata: {name}: {error}")


def load_landed(feed: str, jobs: int | None, *, draft: bool) -> Told:
    """Every feed's deliveries (`feed`: its own) in one process: what a load must import and prepare costs more than
    most deliveries. Raises what is no refusal, and what no delivery was loaded for."""
    from schemas.contract import load_contracts
    from transforms.landing import waiting
    from transforms.side_by_side import usual_jobs
    from transforms.taking import take_all

    if jobs is not None and jobs < 1:
        raise UsageError(f"--jobs {jobs}: at least one feed is loaded at a time", "give a number from 1 up")
    feeds, home = [feed] if feed else sorted(load_contracts()), console.home()
    with console.working("landing") as tell_step:
        taken = take_all(
            feeds,
            home,
            jobs or usual_jobs(),
            draft=draft,
            tell=lambda running, ended: tell_step(", ".join(running), ended, len(feeds)),
        )
    results, failed = [result for one in taken for result in one.results], _failed(taken)
    if failed and not results and len({str(error) for _, error in failed}) == 1:
        raise failed[0][1]
    waits = [] if failed else [(each, name, why) for each in feeds for name, why in waiting(each, home, draft=draft)]
    return Told(results, waits, failed)


def _failed(taken: list[Taken]) -> list[tuple[str, BlockdataError]]:
    """The refusals among what feeds ended with; anything else is raised."""
    failed = []
    for one in taken:
        if isinstance(one.error, BlockdataError):
            failed.append((one.feed_id, one.error))
        elif one.error is not None:
            raise one.error
    return failed
