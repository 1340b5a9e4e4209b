"""`blockdata`: the commands by what they are for. Each lives in the module of its group."""

from __future__ import annotations

import os
import sys

import typer

from cli import (
    addresses,
    answers,
    console,
    contracts,
    district,
    extracts,
    feeds,
    house,
    library,
    loading,
    new_feed,
    quarantine,
    verification,
)

app = typer.Typer(
    name="blockdata",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "A district's data, keyed to one permanent code per room. "
        "The lake is in [bold]BLOCKDATA_HOME[/bold] (default: data/ of the checkout)."
    ),
    epilog="Exit codes: 0 done, 1 refused by data (it says which), 2 wrong usage. BLOCKDATA_DEBUG=1 shows traces.",
)

for group in (
    district,
    addresses,
    library,
    feeds,
    new_feed,
    contracts,
    loading,
    quarantine,
    answers,
    verification,
    extracts,
    house,
):
    group.register(app)


def main() -> None:
    """The console script."""
    os.umask(0o077)  # what is written is for this user alone
    sys.exit(console.run(app))
