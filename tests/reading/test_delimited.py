from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import BatchRefused
from tests.reading.small_feed import contract
from transforms.reading.quarantine import distinct_rows
from transforms.reading.read import SourceFile, read

HEAD = "编号,姓名,地址,日期\n"


def test_giant_line_is_refused_without_being_copied() -> None:
    content = HEAD.encode() + b"N001," + b"x" * (100 * 1024 * 1024)
    tracemalloc.start()
    with pytest.raises(BatchRefused) as refusal:
        read([SourceFile("a.csv", content)], contract())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (refusal.value.rule, refusal.value.row, refusal.value.received) == ("line_too_long", 2, 1)
    assert peak < 2 * 1024 * 1024


def test_several_files_of_one_delivery() -> None:
    files = [SourceFile(f"part{part}.csv", f"{HEAD}N00{part},甲,某路,2026-03-01\n".encode()) for part in (1, 2)]
    reading = read(files, contract())
    assert reading.rows.select("file_name", "row_number").rows() == [("part1.csv", 2), ("part2.csv", 2)]
    assert reading.received == 2


def test_one_header_only_file_among_others_is_no_fault() -> None:
    files = [SourceFile("a.csv", HEAD.encode()), SourceFile("b.csv", f"{HEAD}N001,甲,某路,2026-03-01\n".encode())]
    assert read(files, contract()).received == 1


def test_masked_values_show_shapes_alone() -> None:
    content = f"{HEAD}N001,甲\x00一Bc,某路,2026-03-01\nN002,张三,短\nN003,甲,某路,\n".encode()
    masked = read([SourceFile("a.csv", content)], contract()).quarantined["masked_value"].to_list()
    assert sorted(masked) == ["A###,〇〇,〇", "〇?〇AA"]


cells = st.text(alphabet='甲乙a1 "\n,|', max_size=6)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(cells, cells, cells, cells), min_size=1, max_size=8))
def test_what_a_csv_writer_writes_is_read_back_row_by_row(rows: list[tuple[str, ...]]) -> None:
    import csv
    import io

    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(["编号", "姓名", "地址", "日期"])
    writer.writerows(rows)
    try:
        reading = read([SourceFile("a.csv", buffer.getvalue().encode())], contract())
    except BatchRefused as refusal:
        assert refusal.rule == "no_rows"
        assert all(not cell.strip(' \n"') for row in rows for cell in row)
        return
    read_back = {row[1]: row[2:] for row in reading.rows.rows()}
    for number, row in enumerate(rows, 2):
        if number in read_back:
            assert [cell or "" for cell in read_back[number]] == [cell if cell.strip(" \n") else "" for cell in row]
    assert reading.received == reading.rows.height + reading.ignored.height + distinct_rows(reading.quarantined)
