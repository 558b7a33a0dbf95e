"""What of Debian's is in an image's archive, and what of it is behind."""

import io
import shutil
import tarfile
from pathlib import Path

import pytest

from lab.cluster.packages import LIST
from scripts.measure import packages

STATUS = """Package: libc6
Status: install ok installed
Description: a library
 which: is everywhere
Version: 2.36-9+deb12u13

Package: bash
Version: 5.2.15-2+b9
"""


def archive_of(folder: Path, **files: str) -> Path:
    path = folder / "root.tar"
    with tarfile.open(path, "w") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    return path


def test_unpacked_packages_are_those_of_our_own_list(tmp_path: Path) -> None:
    listed = "libc6:amd64\t2.36-9+deb12u13\nbash\t5.2.15-2+b9\n"
    archive = archive_of(tmp_path, **{f".{LIST}": listed, "./var/lib/dpkg/status": ""})
    assert packages.packages_of(archive) == [("libc6", "2.36-9+deb12u13"), ("bash", "5.2.15-2+b9")]


def test_installed_packages_are_those_of_debians_own(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, **{"./var/lib/dpkg/status": STATUS})
    assert packages.packages_of(archive) == [("libc6", "2.36-9+deb12u13"), ("bash", "5.2.15-2+b9")]


@pytest.mark.skipif(not shutil.which("dpkg"), reason="only Debian's own tool compares Debian's versions")
def test_what_is_offered_newer_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "candidates", lambda _: {"libc6": "2.36-9+deb12u14", "bash": "5.2.15-2+b9"})
    archive = archive_of(tmp_path, **{"./var/lib/dpkg/status": STATUS})
    assert list(packages.late(packages.packages_of(archive))) == ["  libc6 2.36-9+deb12u13, offered is 2.36-9+deb12u14"]
    assert not packages.told(archive)


def test_an_archive_that_tells_nothing_is_no_good_news(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "candidates", lambda _: {})
    assert not packages.told(archive_of(tmp_path, **{"./etc/hostname": "shop"}))


def test_what_would_be_installed_is_read_from_what_apt_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "libc6:\n  Installed: 1\n  Candidate: 2.36-9+deb12u14\n  Version table:\n     1 500\nbash:\n  Candidate: 5\n"
    monkeypatch.setattr(packages, "run", lambda _: said)
    assert packages.candidates(["libc6", "bash"]) == {"libc6": "2.36-9+deb12u14", "bash": "5"}
