#!/usr/bin/env bash
# The container's command: accounts, configuration, then the server in the foreground, logging to standard error.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd /
state=${SFTP_STATE:-/var/lib/tidemark-sftp}
data=${SFTP_DATA:-/srv/sftp}
template=${SFTP_CONFIG:-/etc/ssh/tidemark_sshd_config}
# The most sessions that one tenant may have open at the same time.
export SFTP_TENANT_SESSIONS=${SFTP_TENANT_SESSIONS:-20}

bash "$here/prepare.sh"
# The service exists if the password of the login that records fetches is set.
log=''
if [ -f "$state/fetches/pg_service.conf" ]; then log=' -l INFO'; fi
sed -e "s|@LOG@|$log|g; s|@STATE@|$state|g; s|@DATA@|$data|g; s|@LIB@|$here|g; s|@LIMIT@|$SFTP_TENANT_SESSIONS|g" \
  "$template" >"$state/sshd_config"
/usr/sbin/sshd -t -f "$state/sshd_config"
bash "$here/sync.sh" &
if [ -n "$log" ]; then bash "$here/fetches.sh" & fi
exec /usr/sbin/sshd -D -e -f "$state/sshd_config" "$@"
