#!/bin/sh
# Run once, as the image is built: makes the data directory with roles, tables and their first rows, and packs it.
# A copy of the shop's database stays beside it as shop_template, to be made anew from within seconds.
set -eu
here=/shop/postgres
data=/tmp/data
socket=/tmp

initdb --pgdata "$data" --username postgres --wal-segsize 1 --locale C.UTF-8 --encoding UTF8 --no-sync >/dev/null
cp "$here/postgresql.conf" "$here/pg_hba.conf" "$data/"
pg_ctl --pgdata "$data" --wait --silent --options "-k $socket -c listen_addresses=''" start

sql() { psql --host "$socket" --username postgres --quiet --no-psqlrc --set ON_ERROR_STOP=1 "$@"; }
sql --dbname postgres --command 'create database shop_template'
sql --dbname shop_template --file "$here/schema.sql" --file "$here/seed.sql" --command 'vacuum (freeze, analyze)'
sql --dbname postgres --command 'create database shop template shop_template'

pg_ctl --pgdata "$data" --wait --silent --mode fast stop
tar -C "$data" -czf "$here/data.tar.gz" .
sha256sum "$here/data.tar.gz" | cut -c 1-12 >"$here/data.id"
rm -rf "$data"
