"""Rows set aside: look at them, judge them again, hand them back to their department."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import console
from cli.console import Json

PANEL = "Rows set aside"
SAID_ROWS = 20  # rows of a sheet named one by one
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
    sheets = typer.Typer(no_args_is_help=True, help="Return sheets (退回单): rows handed back to their department.")
    sheets.command("make")(return_make)
    sheets.command("list")(return_list)
    sheets.command("password")(return_password)
    sheets.command("take")(return_take)
    app.add_typer(sheets, name="return", rich_help_panel=PANEL)


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


def return_make(
    department: Annotated[str, typer.Argument(help="Only this department, the first part of its feeds' ids.")] = "",
    feed: Feed = "",
    by: Annotated[str, typer.Option(help="Who asks for it (a post); without it the system's user.")] = "",
    as_json: Json = False,
) -> int:
    """Write for each department its open rows in its own columns, with the reason in Chinese beside each.

    The workbook opens with the department's password alone (`blockdata return password`). The rows are mended in it,
    and it is dropped back into landing/<feed id>/, or brought by `blockdata return take`.

      blockdata return make

      blockdata return make police --by 数据科值班
    """
    from serving.returning import make

    with console.working("writing return sheets"):
        made = make(console.home(), department, feed, by=by)
    if as_json:
        console.say_json({"sheets": [console.plain(sheet) for sheet in made]})
        return console.DONE
    if made:
        shown = [
            [sheet.department, sheet.rows, sheet.left_out, str(sheet.valid_until), str(sheet.path)] for sheet in made
        ]
        console.table(["department", "rows", "left out", "send back by", "file"], shown)
        console.note("next: blockdata return password DEPARTMENT, told to the department by another way than the file")
    else:
        console.say("no open row to hand back")
    return console.DONE


def return_list(
    department: Annotated[str, typer.Argument(help="Only this department.")] = "", as_json: Json = False
) -> int:
    """Which return sheets were made, and what came back of them.

    blockdata return list
    """
    from serving.returning import made_sheets

    listed = made_sheets(console.home(), department)
    if as_json:
        console.say_json({"sheets": listed})
        return console.DONE
    if listed:
        names = ["department", "made_at", "rows", "let_in", "taken_back_at", "valid_until", "file"]
        heads = ["department", "made", "rows", "let in", "taken back", "send back by", "file"]
        console.table(heads, [[sheet[name] for name in names] for sheet in listed])
    else:
        console.say("no return sheet was made yet; blockdata return make writes them")
    return console.DONE


def return_password(
    department: Annotated[str, typer.Argument(help="The department, the first part of its feeds' ids.")],
    by: Annotated[str, typer.Option(help="Who hands it over (a post); without it the system's user.")] = "",
) -> int:
    """The password of a department's return sheets. Asking is an entry of the audit log.

    Tell it by another way than the one the workbook goes.

      blockdata return password police --by 数据科值班
    """
    from serving.returning import password

    console.say(password(console.home(), department, by=by))
    return console.DONE


def return_take(
    file: Annotated[
        Path, typer.Argument(help="The workbook that came back, with its password or without.", exists=True)
    ],
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day it came back; without it, today.")
    ] = None,
    by: Annotated[str, typer.Option(help="Who takes it (a post); without it the system's user.")] = "",
    as_json: Json = False,
) -> int:
    """Take a return sheet back: rows that are sound now enter the lake, the others stay open and say why.

    Exit code 1 when the sheet or a row of it is refused, or a mended row is still broken.

      blockdata return take 退回单_police_20260302_abcdef.xlsx
    """
    from serving.returning import take

    with console.working(f"taking {file.name}") as tell_step:
        taken = take(console.home(), file.read_bytes(), day.date() if day else None, by=by, progress=tell_step)
    ends = {status: taken.count(status) for status in ("let_in", "open", "refused")}
    wrong = [row for row in taken.rows if row.status == "refused" or (row.status == "open" and row.is_mended)]
    if as_json:
        console.say_json({"sheet": taken.sheet_id, "department": taken.department, **ends,
                          "rows": [console.plain(row) for row in taken.rows]})  # fmt: skip
    else:
        console.say(
            f"{taken.department}: {ends['let_in']:,} rows left quarantine, {ends['open']:,} are still open, "
            f"{ends['refused']:,} refused"
        )
        for row in wrong[:SAID_ROWS]:
            console.note(
                f"  {row.worksheet} row {row.at}: {'still broken: ' if row.status == 'open' else ''}{row.reason}"
                + (f"; {row.mend}" if row.mend else "")
            )
        if len(wrong) > SAID_ROWS:
            console.note(f"  and {len(wrong) - SAID_ROWS:,} more; --json names them all")
        if ends["let_in"]:
            console.note("next: blockdata publish")
    return console.REFUSED if wrong else console.DONE


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
