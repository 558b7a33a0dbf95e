#!/usr/bin/env bash
# Builds the image of the recorded world and asks it the quick test: scripts/smoke/image.sh [NAME]
# Where no registry answers, its base is made of Debian's packages and the wheels are fetched by this machine.
set -euo pipefail
cd "$(dirname "$0")/../.."
image=${1:-incident-lab}
most_megabytes=800
python=.venv/bin/python
arguments=()

say() { printf '%s\n' "$*" >&2; }
fail() { say "image: $*"; exit 1; }

registry_answers() { $python -c 'import sys; from lab.cluster.engine import registry_answers; sys.exit(not registry_answers())'; }

# The same libraries that a slim Python image has and the wheels need.
debian_base() {
  $python -c 'from lab.cluster.packages import imported_root
print(imported_root("space", "base-files dash coreutils libpython3.11-stdlib libstdc++6 python3-minimal".split(), variant="extract"))'
}

# The lock names all that is needed; some releases of pip look further where one package asks for another's extra.
fetch_wheels() {
  local machine; machine=$(uname -m)
  $python -m pip download --quiet --require-hashes --no-deps --only-binary=:all: --implementation cp --python-version 3.11 \
    --platform "manylinux2014_$machine" --platform "manylinux_2_17_$machine" --platform "manylinux_2_28_$machine" \
    --dest wheels --requirement requirements-image.lock
  $python -m pip download --quiet --no-deps --dest wheels "pip==$($python -m pip --version | cut -d' ' -f2)"
}

container='' made_wheels=''
clean_up() {
  [ -z "$container" ] || docker rm --force "$container" >/dev/null
  [ -z "$made_wheels" ] || rm -rf wheels
}
trap clean_up EXIT

if ! registry_answers; then
  [ ! -e wheels ] || fail "wheels/ is there already, and the wheels of this image would go into it; move it away first"
  say "No registry answers: a base of Debian's packages, and the wheels from here"
  arguments=(--build-arg "BASE=$(debian_base)")
  made_wheels=yes
  fetch_wheels
fi
say "Building $image"
docker build --quiet --tag "$image" ${arguments[@]+"${arguments[@]}"} . >/dev/null

size=$(($(docker image inspect --format '{{.Size}}' "$image") / 1000000))
[ "$size" -le $most_megabytes ] || fail "it has $size MB, at most $most_megabytes are promised"
user=$(docker image inspect --format '{{.Config.User}}' "$image")
[ "$user" = 1000:1000 ] || fail "it runs as '$user'"

container=$(docker run --detach --publish 127.0.0.1::7860 "$image")
url=http://$(docker port "$container" 7860/tcp | head -n 1)
say "Asking $url"
ENV_BASE_URL=$url $python scripts/smoke/quick.py
state=$(docker inspect --format '{{.State.Health.Status}}' "$container")
for _ in $(seq 60); do
  [ "$state" = healthy ] && break
  sleep 1
  state=$(docker inspect --format '{{.State.Health.Status}}' "$container")
done
[ "$state" = healthy ] || fail "its own health check says $state"
say "$image: $size MB, user $user, healthy; the quick test passed"
