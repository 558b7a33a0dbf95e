"""The images' plan, and building and loading against an engine that only remembers what it was told."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from lab.cluster import bases, engine, images, node_image
from lab.cluster.bases import PINNED, Bases
from lab.cluster.images import Image, load, plan
from lab.cluster.names import BACKSTAGE, SHOP

ON = Bases("python:1", "3.11", "postgres:1", "redis:1", "prometheus:1")


@dataclass
class Engine:
    """Knows which images it has, and which ones each node has."""

    images: set[str] = field(default_factory=set)
    nodes: dict[str, set[str]] = field(default_factory=dict)
    said: list[list[str]] = field(default_factory=list)
    contexts: dict[str, set[str]] = field(default_factory=dict)

    def run(self, argv: Sequence[str | Path], **_: Any) -> str:
        words = [str(word) for word in argv]
        self.said.append(words)
        if words[1] == "build":
            self._build(words)
        if words[1] == "exec" and "list" in words:
            return "\n".join(f"a.registry/{name}" for name in self.nodes[words[2]])
        if words[1] == "version":
            return '"amd64"'
        return ""

    def _build(self, words: list[str]) -> None:
        name, context = words[words.index("--tag") + 1], Path(words[-1])
        self.images.add(name)
        self.contexts[name] = {str(path.relative_to(context)) for path in context.rglob("*") if path.is_file()}

    def docker(self, *words: str, **_: Any) -> str:
        return self.run(["docker", *words])

    def saved(self) -> list[list[str]]:
        return [words[4:] for words in self.said if words[1] == "save"]

    def built(self) -> list[str]:
        return [words[words.index("--tag") + 1] for words in self.said if words[1] == "build"]


@pytest.fixture
def engine_(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setenv("LAB_CACHE", str(tmp_path))
    fake = Engine()
    monkeypatch.setattr(images, "run", fake.run)
    monkeypatch.setattr(bases, "run", fake.run)
    for module in (images, bases, engine):
        monkeypatch.setattr(module, "docker", fake.docker)
    for module in (images, bases):
        monkeypatch.setattr(module, "image_exists", lambda name: name in fake.images)
    return fake


@pytest.fixture
def libraries(tmp_path: Path) -> Path:
    folder = tmp_path / "site-packages"
    folder.mkdir()
    (folder / "library.py").write_text("")
    return folder


@pytest.fixture
def planned(libraries: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Image]:
    found = {image.name: image for image in plan(ON, libraries, ["api_gateway", "auth_service"])}
    monkeypatch.setattr(images, "images", lambda: found)
    return found


def by_name(found: Sequence[Image]) -> dict[str, str]:
    return {image.name: image.reference for image in found}


def test_every_service_stands_on_the_one_base(planned: dict[str, Image]) -> None:
    base = planned["base"].reference
    assert {planned[name].base for name in ("api-gateway", "auth-service")} == {base}
    assert planned["api-gateway"].arguments == {"MODULE": "api_gateway"}


def test_every_package_that_can_be_started_gets_an_image() -> None:
    modules = images.service_modules()
    assert {"api_gateway", "network_infra", "loadgen"} <= set(modules)
    assert "common" not in modules
    assert "images" not in modules


def test_every_image_that_a_manifest_names_is_planned(libraries: Path) -> None:
    from lab.cluster.manifests import objects

    references = by_name(plan(ON, libraries, images.service_modules()))
    for namespace in (SHOP, BACKSTAGE):
        assert objects(namespace, references)


def test_a_changed_library_changes_every_python_image_and_no_other(planned: dict[str, Image], libraries: Path) -> None:
    before = by_name(list(planned.values()))
    (libraries / "library.py").write_text("changed = True")
    after = by_name(plan(ON, libraries, ["api_gateway", "auth_service"]))
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"base", "api-gateway", "auth-service"}


def test_a_changed_service_changes_its_own_image_alone(
    libraries: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for part in ("common", "api_gateway", "auth_service"):
        (tmp_path / "sources" / part).mkdir(parents=True)
        (tmp_path / "sources" / part / "app.py").write_text(part)
    (tmp_path / "sources" / "__init__.py").write_text("")
    monkeypatch.setattr(images, "SOURCES", tmp_path / "sources")
    before = by_name(plan(ON, libraries, ["api_gateway", "auth_service"]))
    (tmp_path / "sources" / "auth_service" / "app.py").write_text("changed")
    after = by_name(plan(ON, libraries, ["api_gateway", "auth_service"]))
    assert {name for name in before if before[name] != after[name]} == {"auth-service"}


def test_another_base_is_another_image(libraries: Path) -> None:
    before, after = (by_name(plan(on, libraries, [])) for on in (ON, replace(ON, redis="redis:2")))
    assert {name for name in before if before[name] != after[name]} == {"redis"}


def test_what_is_there_is_not_built_again(engine_: Engine, planned: dict[str, Image]) -> None:
    engine_.images = {image.reference for image in planned.values()} - {planned["redis"].reference}
    assert images.build_all() == ["redis"]
    assert engine_.built() == [planned["redis"].reference]
    assert images.build_all() == []


def test_a_build_is_given_what_it_copies_and_nothing_else(engine_: Engine, planned: dict[str, Image]) -> None:
    images.build(planned["auth-service"])
    context = engine_.contexts[planned["auth-service"].reference]
    assert {"microservices/__init__.py", "microservices/auth_service/app.py"} <= context
    assert not any("api_gateway" in path or path.endswith(".pyc") for path in context)


def test_a_node_is_given_what_it_lacks(engine_: Engine) -> None:
    engine_.nodes = {"a": {"shop/x:1"}, "b": {"shop/x:1"}, "c": {"shop/x:1", "shop/y:2"}}
    load({node: ["shop/x:1", "shop/y:2"] for node in engine_.nodes})
    assert engine_.saved() == [["shop/y:2"]]
    assert {words[-1].partition(":")[0] for words in engine_.said if words[1] == "cp"} == {"a", "b"}


def test_prometheus_goes_to_the_control_plane_and_the_rest_to_the_zones(
    engine_: Engine, planned: dict[str, Image]
) -> None:
    engine_.nodes = {node: set() for node in (images.CONTROL_PLANE, *images.WORKERS)}
    images.load_all()
    monitor = planned["prometheus"].reference
    rest = sorted(image.reference for image in planned.values() if image.name != "prometheus")
    assert sorted(engine_.saved()) == sorted([[monitor], rest])


def test_the_python_image_is_made_where_it_is_missing(engine_: Engine, planned: dict[str, Image]) -> None:
    engine_.nodes = {node: set() for node in images.WORKERS}
    assert images.python_image() == planned["base"].reference
    assert engine_.built() == engine_.saved()[0] == [planned["base"].reference]


def test_a_registry_that_answers_gives_the_pinned_bases(engine_: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bases, "registry_answers", lambda: True)
    engine_.images = {PINNED.redis}
    assert bases.bases.__wrapped__() == PINNED
    pulled = [words[-1] for words in engine_.said if words[1] == "pull"]
    assert pulled == [PINNED.python, PINNED.postgres, PINNED.prometheus]


def test_what_was_pulled_once_needs_no_registry(engine_: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bases, "registry_answers", lambda: False)
    engine_.images = {PINNED.python, PINNED.postgres, PINNED.redis, PINNED.prometheus}
    assert bases.bases.__wrapped__() == PINNED
    monkeypatch.setattr(node_image, "registry_answers", lambda: False)
    monkeypatch.setattr(node_image, "image_exists", lambda name: name == node_image.PINNED_NODE_IMAGE)
    assert (node_image.way(), node_image.is_at_hand()) == ("pulled", True)


def test_without_a_registry_one_root_of_packages_carries_all_three(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bases, "registry_answers", lambda: False)
    monkeypatch.setattr(bases, "imported_root", lambda name, packages, **_: f"root-of-{name}:{len(packages)}")
    monkeypatch.setattr(bases, "compiled", lambda module: tmp_path / module.name)
    found = bases.bases.__wrapped__()
    assert found.python == found.postgres == found.redis
    assert (found.prometheus, found.prometheus_program) == ("scratch", tmp_path / "prometheus" / "prometheus")


def test_libraries_are_fetched_once_for_the_images_python(engine_: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def install(argv: Sequence[str], **_: Any) -> str:
        engine_.said.append(list(argv))
        (target,) = (word.removeprefix("--target=") for word in argv if word.startswith("--target="))
        Path(target).mkdir(parents=True)
        return ""

    monkeypatch.setattr(bases, "run", install)
    first, second = bases.site_packages("3.11"), bases.site_packages("3.11")
    assert first == second
    installs = [words for words in engine_.said if "install" in words]
    assert len(installs) == 1
    assert {"--require-hashes", "--only-binary=:all:", "--python-version=3.11"} <= set(installs[0])
    assert bases.site_packages("3.12") != first
