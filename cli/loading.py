"""Data in: pull or load a delivery, accept one that was kept out, key again what a changed library touched, publish."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import console
from cli.console import Json
from cli.landing import load_landed
from schemas.errors import UsageError

PANEL = "Data in"
_WHAT_CAME = {
    "landed": "a delivery has landed",
    "waiting": "a delivery of this day lies in landing already and waits to be loaded",
    "nothing_new": "nothing new",
}
COUNTS = ("received", "inserted", "updated", "unchanged", "deleted", "duplicates", "ignored", "quarantined", "refused")


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command(rich_help_panel=PANEL)(pull)
    app.command(rich_help_panel=PANEL)(load)
    app.command(rich_help_panel=PANEL)(accept)
    app.command(rich_help_panel=PANEL)(rekey)
    app.command(rich_help_panel=PANEL)(publish)


def pull(
    feed: Annotated[str, typer.Argument(help="A feed whose contract names a database or an API under servers.")],
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Delivery day; without it, today in Shanghai.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(help="Ask from this watermark on, not from what was let in: a day, a time or a number."),
    ] = None,
    as_json: Json = False,
) -> int:
    """Pull one delivery from a department's database (前置库) or API into landing; nothing is loaded yet.

    Asks for what changed since the last delivery that was let in. Exit code 1 when the source cannot be read: then
    nothing has landed, and the next pull asks for the same again.

      blockdata pull water__accounts

      blockdata pull water__accounts --since 2026-01-01 --json
    """
    from schemas.contract import contract_of
    from schemas.errors import UsageError
    from transforms.connecting import pull as pull_delivery

    with console.working(f"pulling {feed}") as tell_step:
        pulled = pull_delivery(feed, day.date() if day else None, console.home(), since=since, progress=tell_step)
    if pulled.status == "local":
        raise UsageError(
            f"{feed} is not pulled: its files are dropped into landing/{feed}", "load them with `blockdata load`"
        )
    if as_json:
        console.say_json(pulled)
        return console.DONE
    console.say(f"{feed} of {pulled.day} from {pulled.server}: {_WHAT_CAME[pulled.status]}")
    if pulled.path is not None and pulled.status == "landed":
        told = f"  {pulled.rows:,} rows · {pulled.bytes:,} bytes · {pulled.requests:,} requests"
        console.say(told + (f" · up to {pulled.reached}" if pulled.reached else ""))
        draft = " --draft" if contract_of(feed).is_draft else ""
        console.note(f"next: blockdata load {feed} {pulled.path}{draft}")
    for remark in pulled.remarks:
        console.note(f"  {remark}")
    return console.DONE


def load(
    feed: Annotated[
        str, typer.Argument(help="The feed's id, e.g. police__residents; `blockdata feeds` lists them.")
    ] = "",
    files: Annotated[list[Path] | None, typer.Argument(help="The delivery's files, or a folder holding them.")] = None,
    day: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Delivery day; without it, the day in the file's name."),
    ] = None,
    *,
    landing: Annotated[
        bool, typer.Option("--landing", help="Whatever lies complete in landing/, of all feeds or of FEED.")
    ] = False,
    draft: Annotated[
        bool, typer.Option("--draft", help="Try a contract that is a draft: it loads and is published.")
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            help="With --landing: feeds loaded side by side; without it 2, or 1 on one core. Large deliveries load "
            "alone all the same, so that memory suffices."
        ),
    ] = None,
    as_json: Json = False,
) -> int:
    """Load a delivery: check, clean, key, judge, commit. The same delivery twice changes nothing.

    Exit code 1 when it is kept out: the last good one keeps serving. Under a contract that is a draft nothing loads
    without --draft.

      blockdata load police__residents residents_20260302.csv

      blockdata load water__accounts deliveries/2026-03-02/water__accounts --json

      blockdata load --landing

      blockdata load --landing --jobs 1

      blockdata load police__dogs dogs_20260302.csv --draft
    """
    if jobs is not None and not landing:
        raise UsageError("--jobs is for --landing", "deliveries of one feed are loaded one after the other")
    if landing and (files or day):
        raise UsageError("--landing finds the files and their days itself", "leave files and --day out")
    if not landing and not (feed and files):
        raise UsageError("which delivery?", "give a feed and its files, or --landing for what has been dropped")
    landed = load_landed(feed, jobs, draft=draft) if landing else None
    results = landed.results if landed else _named(feed, files or [], day, draft=draft)
    _say_drafts({result.feed_id for result in results})
    if as_json:
        documents = [console.plain(result) for result in results]
        named = documents[0] if len(documents) == 1 else {"deliveries": documents}
        console.say_json(landed.document() if landed else named)
    else:
        for result in results:
            tell(result)
        if landed:
            landed.say_rest()
    refused = console.REFUSED if any(result.status == "refused" for result in results) else console.DONE
    return max(refused, landed.exit_code) if landed else refused


def _named(feed: str, files: list[Path], day: datetime | None, *, draft: bool) -> list[Any]:
    from cli import deliveries
    from schemas.contract import contract_of
    from transforms.load import load_files

    contract = contract_of(feed)
    if contract.is_draft and not draft:
        raise UsageError(
            f"the contract of {feed} is {contract.status}, not active: nothing real is loaded under it",
            "set status: active once purpose and legal basis stand in it, or try it with --draft (best in a "
            "home of its own, BLOCKDATA_HOME)",
        )
    results = []
    for delivery in deliveries.of(contract, files, day.date() if day else None):
        with console.working(f"{feed} {', '.join(path.name for path in delivery.files)}") as tell_step:
            results.append(load_files(feed, delivery.files, delivery.day, console.home(), progress=tell_step))
    return results


def _say_drafts(feeds: set[str]) -> None:
    """A draft was loaded to try it, or one no longer in force: that it is one must not be overlooked."""
    from schemas.contract import contract_of

    for each in sorted(feeds):
        if (status := contract_of(each).status) != "active":
            console.note(
                f"look: the contract of {each} is {status}, not active: it loads and is published all the same, but "
                "nobody is told when it is late. Real deliveries wait until purpose and legal basis stand in it"
            )


def accept(
    batch: Annotated[str, typer.Argument(help="The refused batch; `blockdata status` shows it.")],
    reason: Annotated[str, typer.Option(help="Why it is right after all; kept with the batch.")],
    by: Annotated[str, typer.Option(help="Who answers for it.")],
    as_json: Json = False,
) -> int:
    """Overrule the gate for one refused batch, for a real clean-up.

    blockdata accept aghcbdkpeofnmlia --reason "街道已核实，确为集中注销" --by 数据科值班
    """
    from transforms.load import accept as overrule

    with console.working(f"accepting {batch}") as tell_step:
        result = overrule(batch, reason, by, console.home(), progress=tell_step)
    if as_json:
        console.say_json(result)
    else:
        tell(result)
    return console.REFUSED if result.status == "refused" else console.DONE


def rekey(
    whole: Annotated[bool, typer.Option("--all", help="Key every record again, not only those touched.")] = False,
    as_json: Json = False,
) -> int:
    """Key again the records a change of the address library could have touched; publish does it by itself.

    Records are corrected as a batch of their own; what was delivered stays as it was delivered.

      blockdata rekey

      blockdata rekey --all
    """
    from transforms.rekey import rekey as key_again

    with console.working("keying again") as tell_step:
        done = key_again(console.home(), whole=whole, say=tell_step)
    if as_json:
        console.say_json({"feeds": [console.plain(item) for item in done]})
        return console.DONE
    for item in done:
        reason = " (areas or more changed, so all of them)" if item.is_whole and not whole else ""
        console.say(
            f"{item.feed_id}: {item.touched:,} of {item.records:,} records keyed again{reason}, "
            f"{item.changed:,} mean another place now"
        )
    if not done:
        console.say("nothing to key again: " + ("no key differs" if whole else "all keys are of the current library"))
    return console.DONE


def publish(
    message: Annotated[str, typer.Option("--note", help="A line kept in the release's manifest.")] = "",
    full: Annotated[bool, typer.Option("--full", help="Make every table anew, and say whether any differs.")] = False,
    as_json: Json = False,
) -> int:
    """Resolve, pack and publish everything loaded as one release, which becomes current at once.

    Records that a change of the address library could have touched are keyed again first (see `blockdata rekey`).

    Only what the new batches touch is made again; the rest stands as the release before has it. Nothing new loaded: no
    new release.

      blockdata publish --note "三月第一周"

      blockdata publish --full
    """
    from transforms.publish import publish as make_release

    with console.working("publishing") as tell_step:
        release = make_release(console.home(), note=message, full=full, say=tell_step)
    if as_json:
        console.say_json(release)
    elif release.changed:
        console.say(f"release {release.name} is current: {release.path}")
        if release.differs is not None:
            equal = "every table equals the release before"
            console.say(f"differs from the release before: {', '.join(release.differs)}" if release.differs else equal)
        console.note('next: blockdata sql "SELECT table_name, rows FROM release.table"')
    else:
        console.say(f"nothing changed since release {release.name}, which stays current")
    return console.DONE


def tell(result: Any) -> None:
    """One delivery in a few lines."""
    day = f" of {result.day}" if result.day else ""
    console.say(f"{result.feed_id}{day}: {result.status.replace('_', ' ')} (batch {result.batch_id})")
    counts = result.counts or {}
    shown = [name for name in COUNTS if counts.get(name)] + [
        name for name in counts if name not in COUNTS and counts[name] and isinstance(counts[name], int)
    ]
    if shown:
        console.say("  " + " · ".join(f"{name.replace('_', ' ')} {counts[name]:,}" for name in shown))
    if result.status == "refused":
        console.note(f"  refused: {result.rule}: {result.reason}" if result.rule else f"  refused: {result.reason}")
    elif result.reason:
        console.note(f"  {result.reason}")
    if result.mend:
        console.note(f"  mend: {result.mend}")
