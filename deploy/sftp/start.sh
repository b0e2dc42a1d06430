#!/usr/bin/env bash
# The container's command: accounts, configuration, then the server in the foreground, logging to standard error.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd /
state=${SFTP_STATE:-/var/lib/tidemark-sftp}
data=${SFTP_DATA:-/srv/sftp}
template=${SFTP_CONFIG:-/etc/ssh/tidemark_sshd_config}

bash "$here/prepare.sh"
sed -e "s|@STATE@|$state|g; s|@DATA@|$data|g; s|@LIB@|$here|g" "$template" >"$state/sshd_config"
/usr/sbin/sshd -t -f "$state/sshd_config"
if [ -f "$state/pg_service.conf" ]; then bash "$here/sync.sh" & fi
exec /usr/sbin/sshd -D -e -f "$state/sshd_config" "$@"
