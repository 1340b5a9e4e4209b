"""What `make bench` runs: declared here, run by `run`, shown by `page`.

Each run is one command (`python -m MODULE ARGUMENTS`) that ends with JSON: an object is one line of the part's table, a
list of objects several. A part whose module is missing is left out and says so.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Run:
    """One command and the name its line has in the table."""

    label: str
    module: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Column:
    """A column of the table: which figure (`a.b` for a figure within a figure), its title, and how it is written."""

    figure: str
    title: str
    form: str = "text"  # text, count, share, number


@dataclass(frozen=True)
class Part:
    """A question, the runs that answer it (fewer and smaller with QUICK), and the table they give."""

    name: str
    title: str
    about: str
    runs: tuple[Run, ...]
    quick: tuple[Run, ...]
    columns: tuple[Column, ...]


_CONTESTANT, _PACE = Column("contestant", "contestant"), Column("rows_per_s", "rows/s", "count")
_PRECISION, _RECALL = Column("precision", "precision", "share"), Column("recall", "recall", "share")
_PEAK = Column("peak_gb", "peak GB", "number")
_SIDE = (
    _CONTESTANT, _PACE, Column("match_s", "match s", "number"), Column("match_cpu_s", "match CPU s", "number"),
    Column("prepare_s", "prepare s", "number"), Column("whole_s", "whole process s", "number"),
    Column("whole_rows_per_s", "rows/s, whole", "count"), _PEAK, _PRECISION, _RECALL,
    Column("absent_keyed", "absent keyed", "share"),
)  # fmt: skip
_PARSE = (
    Column("label", "lines"), _CONTESTANT, _PACE, Column("parse_s", "parse s", "number"),
    Column("parse_cpu_s", "CPU s", "number"), _PEAK, Column("county", "county found", "share"),
    Column("room", "room found", "share"),
)  # fmt: skip
_SCALE = (
    Column("label", "rows x units"), _PACE, Column("cpu_us_per_row", "CPU µs/row", "number"),
    Column("cost_ratio", "cost to a tenth", "number"), Column("load_s", "library load s", "number"), _PEAK,
    _PRECISION, _RECALL, Column("false_keys", "false keys", "share"),
)  # fmt: skip
_COMMAND = (
    Column("label", "rows x units"), _PACE, Column("seconds", "seconds", "number"), Column("cpu_s", "CPU s", "number"),
    _PEAK, _PRECISION, _RECALL, Column("false_keys", "false keys", "share"),
)  # fmt: skip
_REKEY = (
    Column("records", "records", "count"), Column("changes", "changes", "count"),
    Column("touched_share", "touched", "share"), Column("seconds", "seconds", "number"),
    Column("equals_full", "equals a full re-key"),
)  # fmt: skip
_WARM = (
    Column("label", "records of Airflow"), Column("feeds", "feeds", "count"), Column("ready_s", "ready s", "number"),
    Column("all_feeds_s", "all feeds released s", "number"), Column("releases_of_all", "releases", "count"),
    Column("drops", "drops", "count"), Column("p50_s", "p50 s", "number"), Column("p95_s", "p95 s", "number"),
    Column("max_s", "longest s", "number"), Column("load_average", "load of the machine", "number"),
)  # fmt: skip
_MILLIONS = (("0.1 M", 100_000), ("1 M", 1_000_000), ("5 M", 5_000_000))


def _scale(rows: int, units: int, *more: str) -> tuple[str, ...]:
    return ("--rows", str(rows), "--units", str(units), *more)


PARTS = (
    Part(
        "rivals",
        "The same damaged rows through every matcher",
        "200,000 addresses (street dropped or wrong, a wrong or missing character in the estate's name, spaces and "
        "full-width digits, a third without their room in the list) against a list of some 300,000 rooms in six "
        "cities. rows/s counts matching with its parse; what depends on the list alone is `prepare`.",
        (Run("", "benchmarks.side_by_side"),),
        (Run("", "benchmarks.side_by_side", ("--units", "20000", "--rows", "10000")),),
        _SIDE,
    ),
    Part(
        "parsers",
        "The parse beside cpca and jionlp",
        "Distinct lines: 9,900 real addresses, then the same with other numbers. cpca stops at the county, jionlp at "
        "town and village; it runs over fewer lines because of its pace.",
        (Run("100,000", "benchmarks.parsers"), Run("600,000", "benchmarks.parsers", ("--rows", "600000"))),
        (Run("", "benchmarks.parsers", ("--rows", "2000")),),
        _PARSE,
    ),
    Part(
        "scale",
        "Keying at scale",
        "A made district and addresses of it; 5 in 100 rows need the fuzzy stage. `cost to a tenth` is the cost "
        "per row beside that of a tenth of the rows in the same process.",
        tuple(
            Run(f"{rows} x {units}", "benchmarks.scale", _scale(row_count, unit_count))
            for units, unit_count in _MILLIONS
            for rows, row_count in _MILLIONS
        ),
        (Run("20 k x 20 k", "benchmarks.scale", _scale(20_000, 20_000)),),
        _SCALE,
    ),
    Part(
        "command",
        "The whole command",
        "`blockdata key FILE --column address` from start to end, library load and files included; a fifth of the rows "
        "match nothing.",
        (Run("1 M x 0.6 M", "benchmarks.scale", _scale(1_000_000, 600_000, "--nothing", "0.2", "--whole")),),
        (Run("20 k x 20 k", "benchmarks.scale", _scale(20_000, 20_000, "--nothing", "0.2", "--whole")),),
        _COMMAND,
    ),
    Part(
        "accuracy",
        "Precision and recall",
        "The labelled set made apart from the district; what it shows and where it ends is told in docs/keying.md.",
        (Run("", "benchmarks.accuracy"),),
        (Run("", "benchmarks.accuracy", ("--quick",)),),
        (Column("label", "set"), Column("rows", "rows", "count"), _PRECISION, _RECALL,
         Column("absent_keyed", "absent keyed", "share")),
    ),
    Part(
        "held_out",
        "Estates the library lacks",
        "One estate in eight is taken out of a dense library and its rooms are asked for: every room keyed is a wrong "
        "door.",
        (Run("", "benchmarks.held_out"),),
        (Run("", "benchmarks.held_out", ("--units", "50000", "--rows", "2000")),),
        (Column("label", "said of the area"), Column("rows", "rows", "count"),
         Column("keyed", "keyed to a room", "count"), Column("share", "share", "share")),
    ),
    Part(
        "labelled",
        "Real addresses labelled by hand",
        "tests/addressing/labelled, by the conventions of docs/labelling.md; share of lines whose component is exact.",
        (Run("all lines", "benchmarks.labelled"), Run("second half", "benchmarks.labelled", ("--half", "second"))),
        (Run("second half", "benchmarks.labelled", ("--half", "second")),),
        (Column("label", "lines"), Column("parse.province-city-county.exact", "province-city-county", "share"),
         Column("parse.street.exact", "street", "share"), Column("parse.road.exact", "road", "share"),
         Column("parse.road_number.exact", "road number", "share"),
         Column("parse.building-entrance-room.exact", "building-unit-room", "share"),
         Column("compare.macro_f1", "compare macro-F1", "number")),
    ),
    Part(
        "rekey",
        "Keying again after changes of the library",
        "A lake of a million records, 100 changes of units and buildings.",
        (Run("", "benchmarks.rekey"),),
        (Run("", "benchmarks.rekey", ("--quick",)),),
        _REKEY,
    ),
    Part(
        "airflow",
        "A delivery through the real scheduler",
        "2,000 buildings, a fresh home: every feed dropped at once, then single deliveries one by one; seconds "
        "from the last byte to the release, the contract's own wait within (five seconds for most).",
        (Run("SQLite", "benchmarks.warm_system"),),
        (Run("SQLite", "benchmarks.warm_system", ("--buildings", "50", "--drops", "3")),),
        _WARM,
    ),
)  # fmt: skip
