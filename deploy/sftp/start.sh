#!/usr/bin/env bash
# The container's command: accounts, configuration, then the server in the foreground, logging to standard error.
set -euo pipefail
here=$(dirname "$0")
state=${SFTP_STATE:-/var/lib/tidemark-sftp}
data=${SFTP_DATA:-/srv/sftp}
template=${SFTP_CONFIG:-/etc/ssh/tidemark_sshd_config}

bash "$here/accounts.sh"
sed -e "s|@STATE@|$state|g" -e "s|@DATA@|$data|g" "$template" >"$state/sshd_config"
/usr/sbin/sshd -t -f "$state/sshd_config"
exec /usr/sbin/sshd -D -e -f "$state/sshd_config" "$@"
