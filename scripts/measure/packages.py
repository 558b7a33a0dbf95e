"""Which of Debian's packages in the images are behind what Debian offers today: `python scripts/measure/packages.py`.

For images built from packages, on the Debian that they are built from; root, as it asks the archive anew first. Ends
with 1 where one is behind or unknown: without its archive and its image, `lab up` makes it from today's.
"""

import subprocess
import sys
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from lab.cluster.packages import LIST, SUITE
from lab.cluster.paths import cache_dir
from lab.cluster.process import run

# Either tells what is inside: our own list where packages were unpacked, Debian's where they were installed.
LISTS = (f".{LIST}", "./var/lib/dpkg/status")
Packages = list[tuple[str, str]]


def main() -> int:
    if run(["lsb_release", "--short", "--codename"]).strip() != SUITE:
        print(f"This machine is not {SUITE}, and cannot tell what is newest there.", file=sys.stderr)
        return 3
    run(["apt-get", "update", "-qq"], timeout=300)
    archives = sorted((cache_dir() / "roots").glob("*.tar"))
    return int(not all([told(archive) for archive in archives] or [False]))


def told(archive: Path) -> bool:
    packages = packages_of(archive)
    behind = list(late(packages))
    print("\n".join([f"{archive}: {len(behind)} behind, of {len(packages)} packages", *behind]))
    return bool(packages) and not behind


def packages_of(archive: Path) -> Packages:
    with tarfile.open(archive) as tar:
        names = set(tar.getnames())
        ours, debians = (_text(tar, name) if name in names else "" for name in LISTS)
    return [_pair(line.split("\t")) for line in ours.splitlines()] or list(_installed(debians))


def _text(tar: tarfile.TarFile, name: str) -> str:
    file = tar.extractfile(name)
    return file.read().decode() if file else ""


def _installed(status: str) -> Iterator[tuple[str, str]]:
    for paragraph in filter(None, status.split("\n\n")):
        fields = dict(line.split(": ", 1) for line in paragraph.splitlines() if ": " in line and line[0] != " ")
        yield fields["Package"], fields["Version"]


def _pair(words: list[str]) -> tuple[str, str]:
    return words[0].partition(":")[0], words[1]


def late(packages: Packages) -> Iterator[str]:
    offered = candidates(name for name, _ in packages)
    for name, version in packages:
        if subprocess.run(["dpkg", "--compare-versions", version, "lt", offered[name]], check=False).returncode == 0:
            yield f"  {name} {version}, offered is {offered[name]}"


def candidates(names: Iterable[str]) -> dict[str, str]:
    """`apt-cache policy` tells of each package its name, and below it what would be installed."""
    found, name = dict[str, str](), ""
    for line in run(["apt-cache", "policy", *names]).splitlines():
        if not line.startswith(" "):
            name = line.rstrip(":")
        elif line.strip().startswith("Candidate: "):
            found[name] = line.split()[-1]
    return found


if __name__ == "__main__":
    sys.exit(main())
