#!/usr/bin/env bash
# Beside the server, every few seconds: an account and a folder for each tenant that the database has come to know, and
# an end to the sessions of keys that have been removed. While the database is away, everything stays as it is.
set -uo pipefail
here=$(dirname "$0")
# shellcheck source=accounts.sh
source "$here/accounts.sh"
export PGSERVICEFILE=$state/pg_service.conf
shopt -s nullglob

add_new_tenants() {
  local names name
  names=$(psql service=tidemark -XqAt -v ON_ERROR_STOP=1 <<<'SELECT tidemark.sftp_tenants()') || return
  awk -F: 'NR == FNR { known[$1]; next } !($1 in known)' /etc/passwd <(echo "$names") | while read -r name; do
    if is_tenant_name "$name"; then tenant "$name"; fi
  done
}

# authorized-keys.sh leaves a note of each login: whose it is, by which key, and when the process began that watches over
# it, for numbers of processes are used again.
end_sessions_of_removed_keys() {
  local note process name key began lines
  for note in "$state"/sessions/*; do
    process=$(basename "$note")
    read -r name key began <"$note" || continue
    if [ "$(began_at "$process")" != "$began" ]; then
      rm -f "$note"
      continue
    fi
    lines=$(keys_of "$name" "$key") || return
    [ -z "$lines" ] || continue
    echo "ending a session of $name: its key $key was removed"
    kill "$process" 2>/dev/null
  done
}

began_at() {
  local stat fields
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
  read -r -a fields <<<"${stat##*) }"
  echo "${fields[19]}"
}

keys_of() {
  psql service=tidemark -XqAt -v ON_ERROR_STOP=1 -v "name=$1" -v "shown=$2" <<<"SELECT tidemark.authorized_keys(:'name', :'shown')"
}

well=yes
while true; do
  if add_new_tenants && end_sessions_of_removed_keys; then
    well=yes
  elif [ "$well" = yes ]; then
    echo "the database can't be asked for tenants and keys; trying on quietly" >&2
    well=no
  fi
  sleep "${SFTP_SYNC_SECONDS:-3}"
done
