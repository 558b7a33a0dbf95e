#!/bin/sh
# An OCI runtime in front of runc for machines that lack CAP_SYS_RESOURCE themselves: takes that one
# capability out of what a container asks for, then hands over to runc with the same arguments.
set -eu

drop_from() { # FILE JQ_PATH
  jq "$2 |= (if . == null then . else map_values(if type == \"array\" then map(select(. != \"CAP_SYS_RESOURCE\")) else . end) end)" \
    "$1" >"$1.capped" && cat "$1.capped" >"$1" && rm -f "$1.capped"
}

verb='' bundle=. process=''
take=''
for word in "$@"; do
  case $take in
    bundle) bundle=$word; take=''; continue ;;
    process) process=$word; take=''; continue ;;
  esac
  case $word in
    create | run | exec) [ -n "$verb" ] || verb=$word ;;
    --bundle | -b) take=bundle ;;
    --bundle=*) bundle=${word#--bundle=} ;;
    --process | -p) take=process ;;
    --process=*) process=${word#--process=} ;;
  esac
done

case $verb in
  create | run) drop_from "$bundle/config.json" .process.capabilities ;;
  exec) [ -z "$process" ] || drop_from "$process" .capabilities ;;
esac
exec runc "$@"
