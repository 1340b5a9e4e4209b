"""What the house says when it refuses: who can mend it, where, and how."""

from __future__ import annotations


class BlockdataError(Exception):
    """A refusal a person can act on. `str()` is one line of what is wrong and one of what to do.

    `exit_code` is what the command line returns: 1 refused by data, 2 wrong usage.
    """

    exit_code = 1

    def __init__(self, message: str, mend: str = "") -> None:
        super().__init__(f"{message}\n  mend: {mend}" if mend else message)
        self.message = message
        self.mend = mend


class UsageError(BlockdataError):
    """The command was asked for something that does not exist or does not fit together."""

    exit_code = 2


class ContractError(BlockdataError):
    """A YAML declaration (contract, table, rule, measure, agreement) is wrong: names file, key and mend."""

    exit_code = 2

    def __init__(self, file: str, key: str, message: str, mend: str) -> None:
        super().__init__(f"{file}: {key}: {message}", mend)
        self.file = file
        self.key = key


class BatchRefused(BlockdataError):
    """A whole delivery is kept out; the last good one keeps serving.

    `rule` is an id of schemas/rules.yaml. `received` is the number of rows counted before the refusal.
    """

    def __init__(
        self,
        rule: str,
        message: str,
        mend: str,
        *,
        file: str = "",
        row: int | None = None,
        column: str = "",
        received: int = 0,
    ) -> None:
        where = file + (f" row {row}" if row is not None else "") + (f" column {column}" if column else "")
        super().__init__(f"{where}: {rule}: {message}" if where else f"{rule}: {message}", mend)
        self.rule = rule
        self.file = file
        self.row = row
        self.column = column
        self.received = received
