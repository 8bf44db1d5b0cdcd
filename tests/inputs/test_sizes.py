"""Sizes as people write them."""

import pytest

from gateway.errors import Refusal
from gateway.inputs.sizes import parse_size, size_label


@pytest.mark.parametrize(
    ("text", "size"),
    [("64B", 64), ("64", 64), ("4KiB", 4096), ("4 kib", 4096), ("1MiB", 1 << 20), ("4MiB", 4 << 20), ("1B", 1)],
)
def test_a_size_is_read(text: str, size: int):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "B", "4KB", "4.5KiB", "-1B", "0", "5MiB", "9999999999B", "٤KiB", "4GiB"])
def test_what_is_no_size_is_refused_with_examples(text: str):
    with pytest.raises(Refusal, match="such as 64B, 4KiB or 1MiB"):
        parse_size(text)


@pytest.mark.parametrize("size", [1, 64, 1000, 1024, 4096, 1 << 20, 3 << 20, 1025])
def test_a_label_reads_back_as_the_same_size(size: int):
    assert parse_size(size_label(size)) == size
