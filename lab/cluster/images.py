"""The shop's images: each is built when what it is made of has changed, and loaded into the nodes that lack it.

An image's tag is the hash of everything that went into it, so that the same tag is the same content for ever.
"""

import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from lab.cluster.bases import Bases, bases, site_packages
from lab.cluster.engine import docker, image_exists
from lab.cluster.paths import CLUSTER, REPOSITORY, cache_dir
from lab.cluster.process import run
from lab.cluster.recipe import IGNORED, digest_of

SOURCES = REPOSITORY / "microservices"
RECIPES = SOURCES / "images"
CONTROL_PLANE = f"{CLUSTER}-control-plane"
WORKERS = tuple(f"{CLUSTER}-worker{number}" for number in ("", 2, 3))
BUILD_TIMEOUT = 600.0


@dataclass(frozen=True, slots=True)
class Image:
    """What an image is made of; its name follows from that."""

    name: str
    dockerfile: str
    base: str
    files: Mapping[str, Path] = field(default_factory=dict)
    """What the build may copy, by its place in the build's context."""
    arguments: Mapping[str, str] = field(default_factory=dict)

    @property
    def reference(self) -> str:
        sources = [self.files[place] for place in sorted(self.files)]
        settings = (self.base, *sorted(self.files), *(f"{k}={v}" for k, v in sorted(self.arguments.items())))
        return f"shop/{self.name}:{digest_of([RECIPES / self.dockerfile, *sources], *settings)}"


def service_modules() -> list[str]:
    """Every package below microservices/ that can be started is a service."""
    return sorted(path.parent.name for path in SOURCES.glob("*/__main__.py"))


def plan(on: Bases, libraries: Path, modules: Iterable[str]) -> list[Image]:
    """All images, each after the one it stands on."""
    base = python_base(on, libraries)
    return [
        base,
        *(service_image(module, base.reference) for module in modules),
        Image("postgres-db", "postgres.Dockerfile", on.postgres, _recipe_files("prepare.sh", "postgres")),
        Image("redis", "redis.Dockerfile", on.redis),
        prometheus_image(on),
    ]


def python_base(on: Bases, libraries: Path) -> Image:
    return Image("base", "base.Dockerfile", on.python, {**_recipe_files("prepare.sh"), "site-packages": libraries})


def service_image(module: str, base: str) -> Image:
    parts = ("__init__.py", "common", module)
    files = {f"microservices/{part}": SOURCES / part for part in parts}
    return Image(module.replace("_", "-"), "service.Dockerfile", base, files, {"MODULE": module})


def prometheus_image(on: Bases) -> Image:
    files = {} if on.prometheus_program is None else {"bin/prometheus": on.prometheus_program}
    return Image("prometheus", "prometheus.Dockerfile", on.prometheus, files)


def _recipe_files(*names: str) -> dict[str, Path]:
    return {name: RECIPES / name for name in names}


@cache
def images() -> dict[str, Image]:
    """By name, as the manifests call them."""
    on = bases()
    return {image.name: image for image in plan(on, site_packages(on.python_version), service_modules())}


def references() -> dict[str, str]:
    return {name: image.reference for name, image in images().items()}


def build_all() -> list[str]:
    """Builds what the engine lacks and returns the names of what was built."""
    built = [image for image in images().values() if not image_exists(image.reference)]
    for image in built:
        build(image)
    return [image.name for image in built]


def build(image: Image) -> None:
    with tempfile.TemporaryDirectory(dir=cache_dir(), prefix="build-") as folder:
        context = Path(folder)
        (context / "bin").mkdir()  # stays empty where the base has its programs itself
        for place, source in image.files.items():
            _copy(source, context / place)
        arguments = {"BASE": image.base, **image.arguments}
        settings = [word for name, value in arguments.items() for word in ("--build-arg", f"{name}={value}")]
        recipe = f"--file={RECIPES / image.dockerfile}"
        argv = ["docker", "build", "--quiet", "--tag", image.reference, recipe, *settings, folder]
        run(argv, env={"DOCKER_BUILDKIT": "0"}, timeout=BUILD_TIMEOUT)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*IGNORED))
    else:
        shutil.copy2(source, target)


def load_all() -> None:
    """Prometheus stands on the control plane, everything else in the zones."""
    known = references()
    monitor = known.pop("prometheus")
    load({CONTROL_PLANE: [monitor], **{worker: sorted(known.values()) for worker in WORKERS}})


def python_image() -> str:
    """A small image with Python in it, in every zone: for whoever must look at the cluster from inside."""
    base = images()["base"]
    if not image_exists(base.reference):
        build(base)
    load({worker: [base.reference] for worker in WORKERS})
    return base.reference


def load(wanted: Mapping[str, Sequence[str]]) -> None:
    """Put images into nodes' own stores; nodes that lack the same ones share one archive."""
    lacking: dict[tuple[str, ...], list[str]] = {}
    for node, names in wanted.items():
        if missing := tuple(sorted(set(names) - present(node))):
            lacking.setdefault(missing, []).append(node)
    for missing, nodes in lacking.items():
        _load(missing, nodes)


def present(node: str) -> set[str]:
    """Names as the engine knows them: containerd puts a registry before a name that has none."""
    listed = docker("exec", node, "ctr", "--namespace", "k8s.io", "images", "list", "--quiet").split()
    return {name.split("/", 1)[-1] for name in listed}


def _load(names: Sequence[str], nodes: Sequence[str]) -> None:
    with tempfile.NamedTemporaryFile(dir=cache_dir(), prefix="load-", suffix=".tar") as archive:
        docker("save", "--output", archive.name, *names, timeout=BUILD_TIMEOUT)
        with ThreadPoolExecutor(max_workers=len(nodes)) as several:
            list(several.map(lambda node: _import(archive.name, node), nodes))


def _import(archive: str, node: str) -> None:
    inside = "/images.tar"
    docker("cp", archive, f"{node}:{inside}", timeout=BUILD_TIMEOUT)
    docker("exec", node, "ctr", "--namespace", "k8s.io", "images", "import", inside, timeout=BUILD_TIMEOUT)
    docker("exec", node, "rm", inside)
