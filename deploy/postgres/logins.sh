#!/usr/bin/env bash
# Run by compose at each `up`, as the superuser: makes the logins and databases of Tidemark and Temporal unless they exist,
# and gives the logins the passwords of .env.
set -euo pipefail
here=$(dirname "$0")

refuse_placeholder() {
  case ${2,,} in
  '' | change-me* | changeme*)
    echo "$1 is empty or a placeholder. Set your own password in .env." >&2
    exit 1
    ;;
  esac
}

refuse_placeholder POSTGRES_PASSWORD "${PGPASSWORD:-}"
refuse_placeholder POSTGRES_OWNER_PASSWORD "${OWNER_PASSWORD:-}"
refuse_placeholder TEMPORAL_DATABASE_PASSWORD "${TEMPORAL_PASSWORD:-}"
# psql reads each new password twice from standard input, so that no password is in the list of processes.
printf '%s\n' "$OWNER_PASSWORD" "$OWNER_PASSWORD" "$TEMPORAL_PASSWORD" "$TEMPORAL_PASSWORD" |
  psql -X -q -v ON_ERROR_STOP=1 -d postgres -f "$here/logins.sql"
echo 'the logins tidemark_owner and temporal are ready'
