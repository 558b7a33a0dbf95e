"""Feature flags in a ConfigMap: one key a flag, `true` or `false`. The manifest declares them and their defaults."""

from microservices.common.kube import Kube


class UnknownFlag(LookupError):
    pass


class Flags:
    def __init__(self, kube: Kube, namespace: str) -> None:
        self._kube = kube
        self._path = f"/api/v1/namespaces/{namespace}/configmaps/feature-flags"

    async def all(self) -> dict[str, bool]:
        found = await self._kube.get(self._path)
        return {name: text == "true" for name, text in sorted(found.get("data", {}).items())}

    async def enabled(self, name: str) -> bool:
        flags = await self.all()
        if name not in flags:
            raise UnknownFlag(f"there is no flag {name!r}; there are {', '.join(flags)}")
        return flags[name]

    async def put(self, name: str, enabled: bool) -> bool:
        """Sets the flag and says what it was."""
        was = await self.enabled(name)
        if was != enabled:
            await self._kube.patch(self._path, {"data": {name: str(enabled).lower()}})
        return was
