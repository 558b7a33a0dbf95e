"""Base images from Debian's packages, for machines that reach no container registry."""

import os
from collections.abc import Sequence
from pathlib import Path

from lab.cluster.engine import docker, image_exists
from lab.cluster.paths import cache_dir
from lab.cluster.process import CommandFailed, run
from lab.cluster.recipe import digest_of
from lab.errors import Missing

SUITE = "bookworm"
# Papers and translations that no program in a container reads.
UNREAD = (
    "/usr/share/doc/*", "/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*",
    "/usr/share/lintian/*", "/usr/share/linda/*", "/usr/share/zoneinfo/*",
)  # fmt: skip

# Where packages are only unpacked nothing else tells later what they were: `scripts/measure/packages.py` reads it.
LIST = Path("/usr/share/incident-lab/packages")
LISTING = (
    f'mkdir -p "$1{LIST.parent}"; '
    f'for deb in "$1"/var/cache/apt/archives/*.deb; do dpkg-deb --show "$deb"; done > "$1{LIST}"'
)


def imported_root(
    name: str, packages: Sequence[str], *, variant: str = "minbase", unread: Sequence[str] = UNREAD
) -> str:
    """The name of an image in the engine that holds these packages and nothing else."""
    image = f"incident-lab/{name}-root:{digest_of([], SUITE, variant, LISTING, *packages, *unread)}"
    if not image_exists(image):
        docker("import", str(_root_tar(image, packages, variant, unread)), image, timeout=300)
    return image


def _root_tar(image: str, packages: Sequence[str], variant: str, unread: Sequence[str]) -> Path:
    tar = cache_dir() / "roots" / f"{image.split('/')[-1].replace(':', '-')}.tar"
    if not tar.is_file():
        tar.parent.mkdir(parents=True, exist_ok=True)
        _bootstrap(tar, packages, variant, unread)
    return tar


def _bootstrap(tar: Path, packages: Sequence[str], variant: str, unread: Sequence[str]) -> None:
    half = tar.with_name(f"half-{os.getpid()}-{tar.name}")
    excluded = [f"--dpkgopt=path-exclude={pattern}" for pattern in unread]
    argv: list[str | Path] = [
        "mmdebstrap",
        "--quiet",
        f"--variant={variant}",
        f"--include={','.join(packages)}",
        *([f"--extract-hook={LISTING}"] if variant == "extract" else []),
        *excluded,
        SUITE,
        half,
    ]
    try:
        run(argv, timeout=900)
    except CommandFailed as error:
        half.unlink(missing_ok=True)
        if error.code == 127:
            raise Missing("mmdebstrap is needed to build images here; run `make engine`, which installs it.") from error
        raise
    half.rename(tar)
