"""Rows set aside: look at them, judge them again, hand them back to their department."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from cli import console
from cli.console import Json

PANEL = "Rows set aside"
Feed = Annotated[str, typer.Option(help="Only this feed.")]
Rule = Annotated[str, typer.Option(help="Only this rule, an id of schemas/rules.yaml.")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only deliveries of this day.")]
Batch = Annotated[str, typer.Option(help="Only this batch.")]


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    group = typer.Typer(no_args_is_help=True, help="Rows kept out of the lake, by feed, day, batch and rule.")
    group.command("list")(quarantine_list)
    group.command("show")(quarantine_show)
    app.add_typer(group, name="quarantine", rich_help_panel=PANEL)
    app.command(rich_help_panel=PANEL)(replay)


def quarantine_list(feed: Feed = "", rule: Rule = "", day: Day = None, batch: Batch = "", as_json: Json = False) -> int:
    """How many rows stand in quarantine, and how: open, replayed, expired. A row that breaks two rules counts at both.

    blockdata quarantine list

    blockdata quarantine list --feed police__residents --day 2026-03-02
    """
    from serving.quarantined import counts, found

    lines, refused = found(console.home(), feed=feed, rule=rule, day=day.date() if day else None, batch=batch)
    counted = counts(lines)
    if as_json:
        console.say_json({"quarantine": counted, "refused_deliveries": counts(refused)})
        return console.DONE
    if counted:
        columns = ["feed_id", "delivered_on", "batch_id", "rule", "title", "open", "replayed", "expired"]
        shown = ["feed", "day", "batch", "rule", "", "open", "replayed", "expired"]
        console.table(shown, [[_plain(line[name]) for name in columns] for line in counted])
    else:
        console.say("no row stands in quarantine" + (" that fits" if feed or rule or day or batch else ""))
    if refused.height:
        console.note(
            f"{refused['batch_id'].n_unique()} refused deliveries name their broken rows too; those are judged anew by "
            "`blockdata load` of the mended file, or by `blockdata accept`"
        )
    if any(line["open"] for line in counted):
        console.note("next: blockdata quarantine show --batch BATCH, then blockdata replay or blockdata return make")
    return console.DONE


def quarantine_show(
    *,
    feed: Feed = "",
    rule: Rule = "",
    day: Day = None,
    batch: Batch = "",
    state: Annotated[str, typer.Option(help="open, replayed or expired; empty for all.")] = "open",
    limit: Annotated[int, typer.Option(min=1, help="At most so many lines.")] = 50,
    as_json: Json = False,
) -> int:
    """The rows themselves: file, row, column, rule, and of the value its shape alone (# digit, 〇 character, A letter).

    The value is in the sealed archive only; the department sees it in its return sheet.

      blockdata quarantine show --feed water__accounts --rule not_in_code_list
    """
    from schemas.rule import load_rules
    from serving.quarantined import found

    lines, _ = found(console.home(), feed=feed, rule=rule, day=day.date() if day else None, batch=batch, state=state)
    rules = load_rules()
    names = ["feed_id", "batch_id", "file_name", "row_number", "column_name", "rule", "masked_value", "state"]
    rows: list[dict[str, Any]] = lines.head(limit).select(*names, "outcome").to_dicts()
    if as_json:
        console.say_json({"rows": rows, "lines": lines.height})
        return console.DONE
    if not rows:
        console.say(f"no {state} row fits" if state else "no row fits")
        return console.DONE
    said = [
        [*(row[name] for name in names[1:]), rules[row["rule"]].title if row["rule"] in rules else ""] for row in rows
    ]
    console.table(["batch", "file", "row", "column", "rule", "shape", "state", ""], said)
    if lines.height > limit:
        console.note(
            f"{lines.height - limit:,} more lines; --limit shows more, --json all of them with a limit of yours"
        )
    return console.DONE


def replay(
    feed: Annotated[str, typer.Argument(help="The feed's id; without it, all feeds.")] = "",
    *,
    batch: Batch = "",
    rule: Rule = "",
    day: Day = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; write nothing.")] = False,
    as_json: Json = False,
) -> int:
    """Judge open rows anew after a contract, a code list or the address library was mended.

    Only those rows are unsealed; what is sound now enters the lake as a correction of its own delivery, under its day,
    file and row number, and never wins over a later delivery. Run twice, it replays nothing twice. Exit code 1 when
    the gate refuses, or originals are gone.

      blockdata replay police__residents --rule not_in_code_list --dry-run

      blockdata replay
    """
    from transforms.replaying.replay import replay as judge_again

    with console.working("replaying") as tell_step:
        done = judge_again(
            console.home(),
            feed or None,
            batch=batch or None,
            rule=rule or None,
            day=day.date() if day else None,
            dry_run=dry_run,
            progress=tell_step,
        )
    if as_json:
        console.say_json({"replayed": [console.plain(item) for item in done], "dry_run": dry_run})
    else:
        for item in done:
            tell(item, dry_run=dry_run)
        if not done:
            console.say("no open row" + (" fits" if feed or batch or rule or day else ""))
        elif not dry_run and any(item.status == "replayed" for item in done):
            console.note("next: blockdata publish")
    return console.REFUSED if any(item.status in ("refused", "expired") for item in done) else console.DONE


def tell(item: Any, *, dry_run: bool = False) -> None:
    """What became of one delivery's rows, in a line or two."""
    counts = item.counts
    let_in = counts.get("inserted", 0) + counts.get("updated", 0)
    other = counts.get("unchanged", 0) + counts.get("duplicates", 0)
    said = {
        "replayed": f"{let_in:,} {'would be' if dry_run else ''} let in".replace("  ", " ")
        + (f", {other:,} say what stands already" if other else "")
        + (f", {counts['ignored']:,} overtaken or withdrawn" if counts.get("ignored") else ""),
        "open": "none is sound yet",
        "expired": "expired",
        "refused": "refused",
    }[item.status]
    of = f"{item.feed_id} of {item.day}, batch {item.corrects}"
    console.say(f"{of}: {item.taken_up:,} rows judged, {said}, {item.open_rows:,} still open")
    if item.status in ("refused", "expired"):
        console.note("  " + ": ".join(part for part in (item.rule, item.reason) if part))
        console.note(f"  mend: {item.mend}")


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
