#!/usr/bin/env bash
# Makes a Docker engine answer on Debian or Ubuntu, for root, where none does. Never touches one that answers.
set -euo pipefail
cd "$(dirname "$0")"

state=${LAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/incident-lab}/engine
log=$state/dockerd.log

missing() { echo "$1" >&2; exit 3; }

answers() { timeout 10 docker info >/dev/null 2>&1; }

answers && { echo "A Docker engine answers already; nothing to do."; exit 0; }
case ${DOCKER_HOST:-unix:///var/run/docker.sock} in
  unix:///var/run/docker.sock) ;;
  *) missing "DOCKER_HOST points at $DOCKER_HOST, which does not answer. Start that engine, or unset DOCKER_HOST." ;;
esac
[ "$(id -u)" = 0 ] || missing "No Docker engine answers, and only root can install one. Install Docker, or run this as root."
command -v apt-get >/dev/null || missing "No Docker engine answers. Install Docker for your system, then run this again."

mkdir -p "$state"
needs=()
for pair in dockerd:docker.io runc:runc iptables:iptables mmdebstrap:mmdebstrap jq:jq; do
  [ -n "$(PATH=$PATH:/usr/sbin:/sbin command -v "${pair%%:*}")" ] || needs+=("${pair##*:}")
done
if [ ${#needs[@]} -gt 0 ]; then
  echo "Installing ${needs[*]}"
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${needs[@]}"; } \
    >"$state/install.log" 2>&1 || { tail -n 5 "$state/install.log" >&2; missing "The packages could not be installed; see above."; }
  answers && { echo "The engine that the packages started answers."; exit 0; }
fi

# Where the machine itself may not raise resource limits, runc must not promise that right to a privileged container.
flags=()
resource_right=$((1 << 24))
bounding=$((16#$(awk '/^CapBnd/ {print $2}' /proc/self/status)))
if [ $((bounding & resource_right)) = 0 ]; then
  install -m 755 capped-runc.sh "$state/capped-runc"
  flags=(--add-runtime "capped=$state/capped-runc" --default-runtime capped)
fi

rm -f /var/run/docker.pid
setsid nohup dockerd "${flags[@]}" >"$log" 2>&1 </dev/null &
engine=$!
for _ in $(seq 120); do
  answers && { echo "A Docker engine answers now (log: $log)."; exit 0; }
  kill -0 "$engine" 2>/dev/null || break
  sleep 0.5
done
tail -n 5 "$log" >&2
missing "The Docker engine did not come up; its log is $log."
