#!/usr/bin/env bash
# sshd's AuthorizedKeysCommand for tenants: authorized-keys.sh STATE LIMIT NUMBER NAME FINGERPRINT prints the account's lines
# for that key, from the database and from the operator's files. It queries the database at each login, so that a change of a
# key has effect at once. It prints nothing for a tenant that has LIMIT open sessions.
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

# psql quotes variables in its input, but not in an argument of `-c`. A lock limits the logins at the same time, so that they
# do not use all connections of this account.
keys_in_database() {
  [ -r "$state/pg_service.conf" ] || return 0
  PGSERVICEFILE=$state/pg_service.conf flock -w 10 "$sessions/.turn-$((PPID % 16))" timeout 10 \
    psql service=tidemark -XqAt -v ON_ERROR_STOP=1 -v "name=$name" -v "shown=$shown" \
    <<<"SELECT tidemark.authorized_keys(:'name', :'shown')"
}

# During an outage of the database, the operator's file is still used.
lines=$(keys_in_database || true; key_in_file "$name" "$shown")

# The parent process will watch the session. sync.sh ends it when the key is removed. The last key that sshd asks about is
# the key of the login.
if [ -n "$lines" ]; then
  echo "$name $shown $(began_at "$PPID")" >"$sessions/$PPID"
else
  rm -f "$sessions/$PPID"
fi
printf '%s\n' "$lines"
