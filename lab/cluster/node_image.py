"""The image of a node: the pinned one where a registry has it, else one built here from packages."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.cluster.engine import PINNED_NODE_IMAGE, docker, image_exists, registry_answers
from lab.cluster.golang import KUBERNETES_VERSION, NODE_MODULES, compiled
from lab.cluster.packages import imported_root
from lab.cluster.paths import REPOSITORY, cache_dir
from lab.cluster.process import CommandFailed, run
from lab.cluster.recipe import digest_of
from lab.cluster.wait import NotYet, wait_until

RECIPE = REPOSITORY / "scripts" / "node-image"
PULL_TIMEOUT = 1800.0
NODE_PACKAGES = (
    "systemd systemd-sysv dbus iptables nftables iproute2 ethtool conntrack socat util-linux mount kmod procps "
    "ca-certificates hostname jq ebtables runc"
).split()
PARTS_PACKAGES = "base-files libc-bin iptables netbase".split()
PARTS_PROGRAMS = "kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubectl pod-routes".split()
ROUTES_IMAGE = "incident-lab/node-parts:local"  # as files/kind/manifests/default-cni.yaml names it
FILTER_PROGRAMS = [f"{family}{verb}" for family in ("iptables", "ip6tables") for verb in ("", "-save", "-restore")]


def node_image() -> str:
    """LAB_NODE_IMAGE=pull|build settles what is otherwise decided by whether a registry answers."""
    return _pulled() if _is_pulled() else built_image()


def _is_pulled() -> bool:
    wish = os.environ.get("LAB_NODE_IMAGE", "auto")
    return wish == "pull" or (wish == "auto" and not image_exists(built_name()) and _can_be_pulled())


def _can_be_pulled() -> bool:
    """What was pulled once needs no registry any more."""
    return image_exists(PINNED_NODE_IMAGE) or registry_answers()


def way() -> str:
    return "pulled" if _is_pulled() else "built from packages"


def is_at_hand() -> bool:
    if _is_pulled():
        return image_exists(PINNED_NODE_IMAGE)
    return image_exists(built_name()) or _kept(built_name()).is_file()


def _pulled() -> str:
    if not image_exists(PINNED_NODE_IMAGE):
        docker("pull", "--quiet", PINNED_NODE_IMAGE, timeout=PULL_TIMEOUT)
    return PINNED_NODE_IMAGE


def built_name() -> str:
    return f"incident-lab/node:{digest_of([RECIPE], *NODE_PACKAGES, *PARTS_PACKAGES, KUBERNETES_VERSION)}"


def built_image() -> str:
    """In the engine already, else in the cache as a tar, else built and kept in both."""
    name = built_name()
    if image_exists(name):
        return name
    kept = _kept(name)
    if kept.is_file():
        docker("load", "--quiet", "--input", str(kept), timeout=600)
        return name
    _build(name)
    _keep(name, kept)
    return name


def _kept(name: str) -> Path:
    return cache_dir() / "images" / f"{name.replace('/', '-').replace(':', '-')}.tar"


def _keep(name: str, tar: Path) -> None:
    tar.parent.mkdir(parents=True, exist_ok=True)
    half = tar.with_suffix(".half")
    docker("save", "--output", str(half), name, timeout=600)
    half.rename(tar)


def _build(name: str) -> None:
    with tempfile.TemporaryDirectory(dir=cache_dir(), prefix="node-") as folder:
        context = Path(folder)
        _gather(context)
        parts = _build_parts(context, name.split(":")[1])
        base = name.replace("/node:", "/node-base:")
        root = imported_root("node", NODE_PACKAGES)
        _docker_build(context, "Dockerfile", base, ROOT=root, VERSION=KUBERNETES_VERSION)
        _preload(base, parts, name, context)


def _gather(context: Path) -> None:
    """Everything comes in by COPY: the build itself needs no network."""
    (context / "bin").mkdir()
    for module in NODE_MODULES:
        for program in compiled(module).iterdir():
            shutil.copy2(program, context / "bin" / program.name)
    run(["gcc", "-static", "-Os", "-s", "-o", context / "bin" / "pause", RECIPE / "pause" / "pause.c"])
    shutil.copytree(RECIPE / "files", context / "files")
    shutil.copytree(RECIPE / "parts", context / "parts")
    shutil.copy2(RECIPE / "Dockerfile", context / "Dockerfile")
    links = context / "links"
    _link(links / "usr/local/bin", "/usr/lib/kubernetes/kubernetes", PARTS_PROGRAMS)
    _link(links / "usr/local/sbin", "/usr/sbin/xtables-nft-multi", FILTER_PROGRAMS)


def _link(folder: Path, target: str, names: list[str]) -> None:
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).symlink_to(target)


def _build_parts(context: Path, tag: str) -> dict[str, str]:
    """Images by the role they take in the control plane."""
    root = imported_root("node-parts", PARTS_PACKAGES, variant="extract")
    parts, pause, coredns = (f"incident-lab/node-{role}:{tag}" for role in ("parts", "pause", "coredns"))
    _docker_build(context, "parts/Dockerfile", parts, ROOT=root)
    _docker_build(context, "parts/pause.Dockerfile", pause)
    _docker_build(context, "parts/coredns.Dockerfile", coredns)
    return {"parts": parts, "pause": pause, "coredns": coredns}


def _docker_build(context: Path, dockerfile: str, tag: str, **arguments: str) -> None:
    settings = [word for name, value in arguments.items() for word in ("--build-arg", f"{name}={value}")]
    argv: list[str | Path] = [
        "docker",
        "build",
        "--quiet",
        "--tag",
        tag,
        "--file",
        context / dockerfile,
        *settings,
        context,
    ]
    run(argv, env={"DOCKER_BUILDKIT": "0"}, timeout=600)


def _preload(base: str, parts: dict[str, str], name: str, context: Path) -> None:
    """Put the control plane's images into the node's own store, so that a cluster starts with all in place."""
    tar = context / "parts.tar"
    docker("save", "--output", str(tar), *parts.values())
    with _sleeping(base) as node:
        docker("exec", "--detach", node, "containerd")
        wait_until(lambda: _containerd_answers(node), 30, what="containerd in the image being built")
        docker("cp", str(tar), f"{node}:/parts.tar")
        docker("exec", node, *_ctr("import", "--no-unpack", "/parts.tar"))
        _tag_all(node, parts)
        docker("exec", node, "sh", "-c", "rm /parts.tar; kill $(pidof containerd)")
        docker("commit", "--change", 'ENTRYPOINT ["/usr/local/bin/entrypoint", "/sbin/init"]', node, name, timeout=300)


def _ctr(*words: str) -> list[str]:
    return ["ctr", "--namespace", "k8s.io", "images", *words]


def _role_of(image: str) -> str:
    short = image.rsplit("/", 1)[-1].split(":")[0]
    return short if short in ("pause", "coredns") else "parts"


def _tag_all(node: str, parts: dict[str, str]) -> None:
    known = docker("exec", node, *_ctr("list", "--quiet")).split()
    full = {role: next(name for name in known if name.endswith(image)) for role, image in parts.items()}
    wanted = {name: _role_of(name) for name in docker("exec", node, "kubeadm", "config", "images", "list").split()}
    prefix = full["parts"].removesuffix(parts["parts"])  # containerd puts a registry before a name that has none
    for name, role in {**wanted, f"{prefix}{ROUTES_IMAGE}": "parts"}.items():
        docker("exec", node, *_ctr("tag", "--force", full[role], name))


def _containerd_answers(node: str) -> None:
    try:
        docker("exec", node, "ctr", "version")
    except CommandFailed as error:
        raise NotYet("it does not answer") from error


@contextmanager
def _sleeping(image: str) -> Iterator[str]:
    node = docker("run", "--detach", "--privileged", "--entrypoint", "sleep", image, "infinity").strip()
    try:
        yield node
    finally:
        docker("rm", "--force", "--volumes", node)
