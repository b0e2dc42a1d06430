#!/usr/bin/env bash
# Run at every start, before the server: the accounts `tidemark`, which writes, and `tidemark-keys`, which asks the
# database for keys; one for each tenant that has a file <tenant-id>.pub, or had an account before.
set -euo pipefail
here=$(dirname "$0")
# shellcheck source=accounts.sh
source "$here/accounts.sh"
tenants=${SFTP_TENANTS:-/etc/tidemark-sftp/tenants}

touch "$ids"
grep -q '^sftp-writers:' /etc/group || printf 'sftp-writers:x:1998:\nsftp-tenants:x:1999:\nsftp-keys:x:1997:\n' >>/etc/group
account tidemark "$writer_id" sftp-writers
account tidemark-keys "$keys_id" sftp-keys

# The writer's chroot. It can enter each tenant's folder, and list none of their names.
mkdir -p "$data/tenants"
chown root:root "$data" "$data/tenants"
chmod 0755 "$data"
chmod 0711 "$data/tenants"

# How psql finds the database, for root and the account that asks: sshd gives its commands no environment.
if [ -n "${PGHOST:-}" ]; then
  install -m 0600 /dev/null "$state/pg_service.conf"
  chown "+0:+$keys_id" "$state/pg_service.conf"
  printf '[tidemark]\nhost=%s\nport=%s\ndbname=%s\nuser=%s\npassword=%s\nconnect_timeout=3\napplication_name=tidemark-sftp\n' \
    "$PGHOST" "${PGPORT:-5432}" "${PGDATABASE:-tidemark}" "${PGUSER:-tidemark_sftp}" "${PGPASSWORD:-}" \
    >"$state/pg_service.conf"
  chmod 0640 "$state/pg_service.conf"
fi

# Of an earlier life: the sessions are gone.
rm -rf "$state/sessions"
install -d -m 0700 "$state/sessions"
chown "+$keys_id:+$keys_id" "$state/sessions"

# Tenants whose file was taken away can't log in by it any more.
find "$state/authorized_keys" -type f ! -name tidemark -delete
for key in "$tenants"/*.pub; do
  [ -e "$key" ] || continue
  name=$(basename "$key" .pub)
  if ! is_tenant_name "$name"; then
    echo "skipped $key: not a name for an account" >&2
    continue
  fi
  tenant "$name"
  install -m 0644 "$key" "$state/authorized_keys/$name"
done
while read -r name _; do
  if is_tenant_name "$name"; then tenant "$name"; fi
done < <(cat "$ids")
