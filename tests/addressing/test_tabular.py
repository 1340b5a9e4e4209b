from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from transforms.addressing import tabular
from transforms.addressing.tabular import read_chunks, worked_ahead


@pytest.mark.parametrize("size", [7, 64, 1 << 20])
def test_gb18030_is_read_in_pieces_that_cut_no_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    frame = pl.DataFrame(
        {"编号": [str(n) for n in range(40)], "地址": [f'固戍一村\n“{n}号”,后"座"' for n in range(40)]}
    )
    path = tmp_path / "visits.csv"
    path.write_bytes(frame.write_csv().encode("gb18030"))
    monkeypatch.setattr(tabular, "PIECE", size)
    assert pl.concat(read_chunks(path, ["地址"], chunk=7)).equals(frame)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_text_is_read_in_pieces_with_or_without_a_last_line_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    lines = [f"固戍一村{n}号" for n in range(30)]
    path = tmp_path / "visits.txt"
    monkeypatch.setattr(tabular, "PIECE", 16)
    for text in ("\n".join(lines), "\r\n".join(lines) + "\r\n"):
        path.write_bytes(text.encode(encoding))
        assert pl.concat(read_chunks(path, ["address"], chunk=4))["address"].to_list() == lines


def test_an_empty_text_keeps_its_column(tmp_path: Path) -> None:
    (tmp_path / "none.txt").write_bytes(b"")
    assert pl.concat(read_chunks(tmp_path / "none.txt", ["address"])).columns == ["address"]


def test_frames_come_back_in_order_and_a_fault_comes_through() -> None:
    frames = [pl.DataFrame({"n": [n]}) for n in range(20)]
    worked = list(worked_ahead(frames, lambda frame: frame * 2))
    assert [(one.item(), two.item()) for one, two in worked] == [(n, 2 * n) for n in range(20)]
    with pytest.raises(pl.exceptions.ColumnNotFoundError):
        list(worked_ahead(frames, lambda frame: frame.select("m")))
