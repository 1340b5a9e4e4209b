"""A file of another kind under the name of a text file: a spreadsheet called .csv is told, not read as broken text."""

from __future__ import annotations

from schemas.contract import Contract
from schemas.errors import BatchRefused
from transforms.reading.source import SourceFile

KINDS = {
    b"PK\x03\x04": "a ZIP archive or an XLSX spreadsheet",
    b"\xd0\xcf\x11\xe0": "an XLS spreadsheet or another Office document",
    b"SQLite format 3\0": "a GeoPackage or another SQLite database",
    b"%PDF-": "a PDF",
    b"\x1f\x8b": "a GZIP archive",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"MZ\x90\x00": "a program",
    b"\x7fELF": "a program",
    b"PAR1": "a Parquet file",
}


def kind_of(source: SourceFile) -> str | None:
    """What a file of text plainly is instead, None for what may be text."""
    return next((kind for magic, kind in KINDS.items() if source.content.startswith(magic)), None)


def refuse_binary(source: SourceFile, contract: Contract) -> None:
    """Raises BatchRefused unreadable_file where the contract says text and the content is of another kind."""
    kind = kind_of(source) if contract.reading.format in ("csv", "jsonl") else None
    if kind is not None:
        raise BatchRefused(
            "unreadable_file",
            f"the file is {kind}, agreed is {contract.reading.format.upper()}",
            "have it exported as agreed, or correct reading.format in the contract",
            file=source.base_name,
        )
