"""A file that let go of its content still says how large it was and what its checksum is."""

from __future__ import annotations

import hashlib

from transforms.reading.source import SourceFile


def test_size_and_checksum_outlive_the_content() -> None:
    content = "登记编号,地址\r\nRK000000001,福永街道\r\n".encode("gb18030")
    file = SourceFile("a.csv", content, "shown.csv")
    gone = file.without_content()
    assert gone.content == b""
    assert (gone.size, gone.sha256) == (file.size, file.sha256) == (len(content), hashlib.sha256(content).digest())
    assert (gone.name, gone.base_name) == ("a.csv", "shown.csv")
    assert gone.without_content() == gone
