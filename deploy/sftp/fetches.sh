#!/usr/bin/env bash
# Runs beside the server if SFTP_FETCHES_PASSWORD is set: records what tenants fetch. It starts the reader of the log and the sender
# to the database as an account of their own, and gives each tenant's sessions the socket of the log.
set -uo pipefail
here=$(dirname "$0")
# shellcheck source=accounts.sh
source "$here/accounts.sh"
socket=$log_folder/log
spool=$state/fetches/spool

# as_recorder COMMAND…: as a user without an account. It owns the spool and the socket, and knows no password but its own.
as_recorder() {
  (cd / && exec env -i PATH="$PATH" LC_ALL=C SFTP_SYNC_SECONDS="${SFTP_SYNC_SECONDS:-3}" \
    setpriv --reuid "+$recorder_id" --regid "+$recorder_id" --clear-groups "$@")
}

# keep_running NAME COMMAND…: starts it again whenever it ends.
keep_running() {
  local name=$1
  shift
  while true; do
    as_recorder "$@"
    echo "$name has ended. It starts again." >&2
    sleep 1
  done
}

# Sessions in a chroot log to /dev/log there. All tenants get the same socket as a hard link: the reader makes a new one when it
# starts. Only processes of tenants may write to it.
share_socket() {
  local name
  [ -S "$socket" ] || return 0
  chgrp "+$(group_number "$tenants_group")" "$socket" && chmod 0620 "$socket" || return
  while read -r name _; do
    link_log "$name"
  done <"$ids"
}

group_number() {
  awk -F: -v name="$1" '$1 == name { print $3 }' /etc/group
}

install -d -m 0711 "$log_folder" "$state/fetches"
install -d -m 0700 "$spool"
chown "+$recorder_id:+$recorder_id" "$log_folder" "$spool"
keep_running read-fetches.pl perl "$here/read-fetches.pl" "$socket" "$spool" "$state" &
keep_running send-fetches.sh bash "$here/send-fetches.sh" "$spool" "$state/fetches/pg_service.conf" &
while true; do
  share_socket
  sleep "${SFTP_SYNC_SECONDS:-3}"
done
