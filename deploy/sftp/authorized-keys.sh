#!/usr/bin/env bash
# sshd's AuthorizedKeysCommand for tenants: authorized-keys.sh STATE LIMIT NUMBER NAME FINGERPRINT prints the lines with
# which the account may log in by that key: the database's, asked each time, so that a key works and stops working at
# once, and those of the file that the operator made. Nothing for a tenant that has LIMIT sessions open.
set -euo pipefail
export LC_ALL=C
state=$1 limit=$2 number=$3 name=$4 shown=$5
here=$(dirname "$0")
# shellcheck source=sessions.sh
source "$here/sessions.sh"
# shellcheck source=key-files.sh
source "$here/key-files.sh"
sessions=$state/sessions

[[ ${#name} -le 63 && $name =~ ^[A-Za-z0-9]([A-Za-z0-9_-]|[.][A-Za-z0-9_-])*$ ]] || exit 0
if [ "$(open_sessions "$number" | wc -l)" -ge "$limit" ]; then
  # sshd drops what this command writes to standard error; sync.sh logs it.
  echo "$name" >>"$sessions/.refused"
  exit 0
fi

# Quoted by psql, from its input: an argument of `-c` would not be. Logins take turns, so that a crowd of them does not take
# all connections that the database allows this account.
keys_in_database() {
  [ -r "$state/pg_service.conf" ] || return 0
  PGSERVICEFILE=$state/pg_service.conf flock -w 10 "$sessions/.turn-$((PPID % 16))" timeout 10 \
    psql service=tidemark -XqAt -v ON_ERROR_STOP=1 -v "name=$name" -v "shown=$shown" \
    <<<"SELECT tidemark.authorized_keys(:'name', :'shown')"
}

# Without the database the operator's file still counts.
lines=$(keys_in_database || true; key_in_file "$name" "$shown")

# The process that asks is the one that will watch over the session. sync.sh ends it when the key is removed. The last
# key that is asked about is the one that logs in.
if [ -n "$lines" ]; then
  echo "$name $shown $(began_at "$PPID")" >"$sessions/$PPID"
else
  rm -f "$sessions/$PPID"
fi
printf '%s\n' "$lines"
