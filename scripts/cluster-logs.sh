#!/usr/bin/env bash
# What the lab's cluster says of itself, in a folder: scripts/cluster-logs.sh FOLDER. Reads only, and no secret's content.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
folder=${1:?Which folder? For example: scripts/cluster-logs.sh cluster-logs}
cluster=${LAB_CLUSTER:-incident-lab}
mkdir -p "$folder"

asked() { # NAME WORD...: what the cluster's own kubectl answers, in a file; a question that fails leaves its reason there
  local name=$1
  shift
  docker exec "$cluster-control-plane" kubectl --kubeconfig /etc/kubernetes/admin.conf "$@" >"$folder/$name.txt" 2>&1 || true
}

asked nodes get nodes --output wide
asked objects get all,pvc,configmaps --all-namespaces --output wide
asked events get events --all-namespaces --sort-by=.lastTimestamp
asked nodes-described describe nodes
asked pods-described describe pods --all-namespaces
docker ps --all >"$folder/containers.txt" 2>&1 || true
docker stats --no-stream >"$folder/load.txt" 2>&1 || true
free -m >"$folder/memory.txt" 2>&1 || true

# The nodes' journals and every container's log, as kind collects them.
kind=$(.venv/bin/python -c 'from lab.cluster.kind import kind_program; print(kind_program())' 2>"$folder/kind.txt") &&
  "$kind" export logs --name "$cluster" "$folder/kind" >>"$folder/kind.txt" 2>&1

find "$folder" -type f | wc -l | xargs -I{} echo "{} files in $folder"
