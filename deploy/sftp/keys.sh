#!/usr/bin/env bash
# Runs once, before the server and the worker. It creates the server's host key and the writer's key pair, unless they exist.
# It stores the private key and the fingerprint of the host key for the worker.
set -euo pipefail
state=${SFTP_STATE:-/var/lib/tidemark-sftp}
client=${SFTP_CLIENT:-/run/sftp/client}
reader=${SFTP_CLIENT_UID:-1000}

# make_key FILE COMMENT: writes to another name first, so that an interrupted start leaves no incomplete pair.
make_key() {
  [ -f "$1" ] && return
  rm -f "$1.new" "$1.new.pub"
  ssh-keygen -q -t ed25519 -N '' -C "$2" -f "$1.new"
  mv "$1.new.pub" "$1.pub"
  mv "$1.new" "$1"
}

mkdir -p "$state/server" "$state/authorized_keys" "$client"
chmod 0700 "$state/server"
make_key "$state/server/ssh_host_ed25519_key" tidemark-sftp
make_key "$client/id_ed25519" tidemark-writer
cp "$client/id_ed25519.pub" "$state/authorized_keys/_tidemark"
ssh-keygen -lf "$state/server/ssh_host_ed25519_key.pub" | awk '{ print $2 }' >"$client/host-key-fingerprint"

chown "+$reader" "$client/id_ed25519"
chmod 0400 "$client/id_ed25519"
chmod 0444 "$client/host-key-fingerprint"
chmod 0755 "$client" "$state" "$state/authorized_keys"
echo "host key $(cat "$client/host-key-fingerprint")"
