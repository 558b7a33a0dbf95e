#!/bin/sh
# PID 1 of the database. Starts PostgreSQL; after an unclean stop starts it again, three starts in all for one pod.
set -eu
data=/var/lib/shop/data
pod=/run/shop          # an emptyDir: what this pod has seen, over all starts of the container
credentials=/run/credentials
starts_allowed=3
pause=${PAUSE_SECONDS:-1}

stops() { wc -l <"$pod/stops"; }

unclean_stop() { date -u '+%F %T GMT' >>"$pod/stops"; }

# As the kernel counts them for this container; the first file is cgroup v2's, the second v1's.
kernel_kills() {
  sed -n 's/^oom_kill //p' /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control 2>/dev/null | head -n 1
}

tell_kernel_kills() {
  [ "$(kernel_kills)" -gt "$killed_before" ] 2>/dev/null || return 0
  killed_before=$(kernel_kills)
  echo "the kernel ended processes of this container at its memory limit: $killed_before so far" | tee -a "$pod/report"
}

give_up() {
  echo "postgres stopped uncleanly $(stops) times in this pod: not starting again until the workload is restarted"
  echo 'what was reported when processes of its own were killed:'
  cat "$pod/report"
  exit 1
}

# Passes the log through and keeps the lines about killed processes, which must outlast the container that wrote them.
watch_log() {
  while IFS= read -r line; do
    printf '%s\n' "$line"
    case $line in
      *'was terminated by signal'* | *'Failed process was running'*) printf '%s\n' "$line" >>"$pod/report" ;;
    esac
  done
}

# The first start on fresh data takes the roles' passwords from the Secrets; from then on the database has its own.
set_passwords() {
  for secret in "$credentials"/*; do
    printf "alter role %s password '%s'\n" "$(cat "$secret/username")" "$(cat "$secret/password")"
  done | postgres --single -D "$data" postgres >/dev/null
  rm "$data/passwords-missing"
}

postgres_once() {
  rm -f "$pod/log" "$data/postmaster.pid"
  mkfifo "$pod/log"
  watch_log <"$pod/log" &
  watcher=$!
  postgres -D "$data" >"$pod/log" 2>&1 &
  server=$!
  code=0
  wait "$server" || code=$?
  # A signal ends the wait early; then the server is on its way down and is waited for once more.
  if [ -n "$stopping" ]; then code=0; wait "$server" || code=$?; fi
  wait "$watcher" || true
}

# One server at a time on one data directory, however many pods there are: the others wait for their turn.
have_the_data() {
  exec 9>"$data/lock"
  flock --nonblock 9 && return
  echo 'another server has the data directory: waiting until it is gone'
  until [ -n "$stopping" ] || flock --nonblock 9; do sleep 1; done
}

killed_before=0
stopping=''
server=''
trap 'stopping=yes; [ -z "$server" ] || kill -INT "$server"' TERM INT

have_the_data
[ -z "$stopping" ] || exit 0
touch "$pod/stops" "$pod/report"
# Left behind where the container itself was killed before PostgreSQL could stop.
[ ! -e "$pod/running" ] || unclean_stop

while [ "$(stops)" -lt "$starts_allowed" ]; do
  [ ! -e "$data/passwords-missing" ] || set_passwords
  [ -z "$stopping" ] || exit 0
  touch "$pod/running"
  postgres_once
  rm "$pod/running"
  [ "$code" != 0 ] || exit 0
  unclean_stop
  tell_kernel_kills
  sleep "$pause"
done
give_up
