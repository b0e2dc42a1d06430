#!/usr/bin/env bash
# Makes the accounts: `tidemark`, which writes, and one for each file <tenant-id>.pub in the folder of tenants' keys,
# which reads /exports/<tenant-id> and can neither enter nor list anything else. Run at every start of the server.
set -euo pipefail
state=${SFTP_STATE:-/var/lib/tidemark-sftp}
data=${SFTP_DATA:-/srv/sftp}
tenants=${SFTP_TENANTS:-/etc/tidemark-sftp/tenants}
writer_id=2000
ids=$state/ids

# account NAME ID GROUP: written as lines, since useradd takes 32 characters at most and a tenant's id may be a UUID.
# `*` is no password; an account locked with `!` could not log in by key either.
account() {
  grep -q "^$1:" /etc/passwd && return
  echo "$1:x:$2:" >>/etc/group
  echo "$1:*:$2:$2::/:/usr/sbin/nologin" >>/etc/passwd
  sed -i "s/^\($3:.*:\)\(.*\)$/\1\2,$1/; s/^\($3:.*:\),/\1/" /etc/group
}

# id_of NAME: a number of its own, for ever: one that was used again would hand a removed tenant's files to another.
id_of() {
  local known
  known=$(awk -v name="$1" '$1 == name { print $2 }' "$ids")
  if [ -z "$known" ]; then
    known=$((3000 + $(wc -l <"$ids")))
    echo "$1 $known" >>"$ids"
  fi
  echo "$known"
}

touch "$ids"
grep -q '^sftp-writers:' /etc/group || printf 'sftp-writers:x:1998:\nsftp-tenants:x:1999:\n' >>/etc/group
account tidemark "$writer_id" sftp-writers

# The chroot must be root's. /exports can be entered but not listed by tenants.
mkdir -p "$data/exports"
chown root:root "$data"
chmod 0755 "$data"
chown "$writer_id:$writer_id" "$data/exports"
chmod 0711 "$data/exports"

# Tenants whose key was taken away can't log in any more.
find "$state/authorized_keys" -type f ! -name tidemark -delete
for key in "$tenants"/*.pub; do
  [ -e "$key" ] || continue
  tenant=$(basename "$key" .pub)
  # The form of a tenant's id; and none of the system's own accounts, which have smaller numbers.
  if [[ ! $tenant =~ ^[a-z0-9][a-z0-9_-]{0,62}$ ]] || [ "$(id -u "$tenant" 2>/dev/null || echo 3000)" -lt 3000 ]; then
    echo "skipped $key: not a name for an account" >&2
    continue
  fi
  id=$(id_of "$tenant")
  account "$tenant" "$id" sftp-tenants
  install -m 0644 "$key" "$state/authorized_keys/$tenant"
  folder=$data/exports/$tenant
  mkdir -p "$folder"
  # The group passes on to everything the writer makes below: that is what the s is for.
  if [ "$(stat -c %g:%a "$folder")" != "$id:2750" ]; then
    chown -R "$writer_id:$id" "$folder"
    find "$folder" -type d -exec chmod 2750 {} +
    find "$folder" -type f -exec chmod 0640 {} +
  fi
  echo "tenant $tenant reads /exports/$tenant"
done
