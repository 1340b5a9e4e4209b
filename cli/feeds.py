"""The feeds: what each department delivers, as its contract says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli import console
from cli.console import Json

PANEL = "Data in"


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command(rich_help_panel=PANEL)(feeds)


def feeds(
    docs: Annotated[Path | None, typer.Option(help="Write one documentation page per feed into this folder.")] = None,
    as_json: Json = False,
) -> int:
    """List the feeds, or write their documentation pages.

    blockdata feeds

    blockdata feeds --docs docs/feeds
    """
    from schemas.contract import load_contracts

    contracts = load_contracts()
    if docs is not None:
        from schemas.feed_page import write_pages

        write_pages(docs)
        console.note(f"{len(contracts)} pages in {docs}")
    listed = [
        {
            "feed_id": contract.feed_id,
            "name": contract.name,
            "department": contract.department,
            "owner": contract.team.name,
            "mode": contract.delivery.mode,
            "format": contract.reading.format,
            "encoding": contract.reading.encoding,
            "crs": contract.reading.crs,
            "columns": len(contract.columns),
            "version": contract.version,
            "status": contract.status,
        }
        for contract in contracts.values()
    ]
    if as_json:
        console.say_json(listed)
    else:
        shown = ["feed_id", "name", "owner", "mode", "format", "encoding", "columns"]
        console.table(shown, [[feed[name] for name in shown] for feed in listed])
    return console.DONE
