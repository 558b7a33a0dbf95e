"""Takes as files: the same bytes each time, refused when damaged, and as the recorder wrote them."""

import gzip
import json
from pathlib import Path

import pytest

from lab.errors import LabFault
from lab.recorded import takes
from lab.recorded.format import from_bytes, to_bytes
from lab.recorded.recording import Recording
from tests.unit.recorded_kit import recording_of


@pytest.fixture
def recording() -> Recording:
    return recording_of("RCA-002")


def changed(data: bytes, **fields: object) -> bytes:
    return gzip.compress(json.dumps(json.loads(gzip.decompress(data)) | fields).encode())


def test_read_back_it_is_the_same(recording: Recording) -> None:
    again = from_bytes(to_bytes(recording), "x")
    assert again == recording
    assert to_bytes(again) == to_bytes(recording)


def test_common_tools_can_read_it(recording: Recording) -> None:
    table = json.loads(gzip.decompress(to_bytes(recording)))
    assert table["provenance"]["date"] == recording.provenance.date
    assert {row["core"] for row in table["states"]} == set(recording.cores)


@pytest.mark.parametrize("cut", [0, 1, 100, -1])
def test_a_cut_file_is_refused(recording: Recording, cut: int) -> None:
    with pytest.raises(LabFault, match="damaged"):
        from_bytes(to_bytes(recording)[:cut], "RCA-002.1.take.gz")


def test_a_flipped_bit_is_refused(recording: Recording) -> None:
    data = bytearray(to_bytes(recording))
    data[len(data) // 2] ^= 1
    with pytest.raises(LabFault, match="damaged"):
        from_bytes(bytes(data), "x")


@pytest.mark.parametrize("found", [0, 2, None, "1"])
def test_another_format_is_refused(recording: Recording, found: object) -> None:
    with pytest.raises(LabFault, match=r"format .* record it again"):
        from_bytes(changed(to_bytes(recording), format=found), "x")


@pytest.mark.parametrize("fields", [{"states": []}, {"alert": {}}, {"marks": []}, {"edges": [{}]}, {"states": None}])
def test_a_hole_is_refused(recording: Recording, fields: dict[str, object]) -> None:
    with pytest.raises(LabFault, match="damaged"):
        from_bytes(changed(to_bytes(recording), **fields), "x")


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(LabFault, match="format None"):
        from_bytes(gzip.compress(b"[]"), "x")


def test_an_edited_take_is_refused(recording: Recording, tmp_path: Path) -> None:
    path = takes.save(recording, tmp_path, 1)
    assert takes.load(path) == recording
    path.write_bytes(changed(path.read_bytes(), scenario="RCA-003"))
    with pytest.raises(LabFault, match="not as the recorder wrote it"):
        takes.load(path)


def test_a_take_without_a_digest_is_refused(recording: Recording, tmp_path: Path) -> None:
    path = takes.save(recording, tmp_path, 1)
    (tmp_path / takes.DIGESTS).unlink()
    with pytest.raises(LabFault, match="has no digest"):
        takes.load(path)


def test_takes_stand_in_the_order_of_their_numbers(recording: Recording, tmp_path: Path) -> None:
    for number in (10, 2, 1):
        takes.save(recording, tmp_path, number)
    assert [name.split(".")[1] for name in takes.take_names(tmp_path)] == ["1", "2", "10"]


def test_the_takes_that_ship_are_those_that_the_recorder_wrote() -> None:
    folder = takes.own_folder()
    written = {path.name: takes.digest(path.read_bytes()) for path in folder.glob(f"*{takes.SUFFIX}")}
    assert written == takes.digests(folder)
    assert sum(path.stat().st_size for path in folder.glob(f"*{takes.SUFFIX}")) <= 20_000_000
