# Shell functions that the pages of docs/tutorial and docs/how-to use beside a running `npm start`.
# They need curl, jq and OpenSSH. Read them into bash with `. docs/tutorial/functions.sh`.

TIDEMARK=${TIDEMARK_HOME:-.tidemark}

# setting FILTER: prints a value of connection.json, which the stack writes for scripts.
setting() { jq -er "$1" "$TIDEMARK/connection.json"; }

# become TENANT: gets an access token of this tenant. The functions below then act as this tenant.
become() {
  local client
  client=$(setting ".tenants[] | select(.tenantId == \"$1\") | .clientId + \":\" + .clientSecret") || return
  TENANT=$1 TOKEN=$(token "$client")
}

# token CLIENT: prints an access token for a client, given as id:secret.
token() { curl -fsS -u "$1" -d grant_type=client_credentials "$(setting .oauth.tokenUrl)" | jq -er .access_token; }

# graphql DOCUMENT [HEADER]: sends it and prints the data of the answer. Fails where the answer has errors.
graphql() {
  jq -n --arg query "$1" '{ query: $query }' |
    curl -sS "$(setting .graphqlUrl)" -H "authorization: Bearer $TOKEN" -H "${2:-accept: application/json}" \
      -H 'content-type: application/json' -d @- |
    jq -e 'if .errors or ([.. | .userErrors? // empty | .[]] | length > 0) then error(tojson) else .data end'
}

# wait_for_run: waits until the tenant's latest run has ended, and prints it. Fails unless it published everything.
wait_for_run() {
  local run
  while
    run=$(graphql '{ exportRuns(first: 1) { edges { node { status manifestPath entities { internalName mode delivery { rows path } } } } } }')
    jq -e '.exportRuns.edges[0].node.status | IN("QUEUED", "RUNNING")' >/dev/null <<<"$run"
  do sleep 1; done
  jq -c '.exportRuns.edges[0].node | { status, manifestPath }, (.entities[] | { internalName, mode, rows: .delivery.rows, path: .delivery.path })' <<<"$run"
  jq -e '.exportRuns.edges[0].node.status == "SUCCEEDED"' >/dev/null <<<"$run"
}

# tenant_sftp: runs the sftp commands of its input, logged in as the tenant. It makes and registers a key when it needs one,
# and trusts the host key that the API names.
tenant_sftp() {
  local access key=$TIDEMARK/keys/$TENANT
  access=$(graphql '{ sftpAccess { host port username hostKeyFingerprints } }') || return
  if ! [ -f "$key" ]; then
    mkdir -p "$TIDEMARK/keys" && ssh-keygen -q -t ed25519 -N '' -C '' -f "$key" || return
    graphql "mutation { addSftpKey(publicKey: \"$(cat "$key.pub")\", label: \"functions.sh\") { userErrors { message } } }" \
      >/dev/null || return
  fi
  local host port
  host=$(jq -r .sftpAccess.host <<<"$access") port=$(jq -r .sftpAccess.port <<<"$access")
  ssh-keyscan -p "$port" "$host" 2>/dev/null >"$key.known_hosts"
  ssh-keygen -lf "$key.known_hosts" | grep -qF "$(jq -r '.sftpAccess.hostKeyFingerprints[]' <<<"$access")" || return
  sftp -q -b - -P "$port" -i "$key" -o IdentitiesOnly=yes -o UserKnownHostsFile="$key.known_hosts" "$TENANT@$host"
}

# fetch_day DAY FOLDER: waits until the manifest of the day (2026/11/23) is there, then fetches the day into FOLDER/DAY.
# Fails after about five minutes without a manifest: exportRuns says why.
fetch_day() {
  local tries=300
  mkdir -p "$2/${1%/*}"
  until echo "get /exports/$TENANT/$1/datapackage.json $2/.manifest" | tenant_sftp >/dev/null 2>&1; do
    ((--tries)) || { echo "There is no manifest of $1. Ask exportRuns(first: 1) why." >&2 && return 1; }
    sleep 1
  done
  echo "get -R /exports/$TENANT/$1 $2/${1%/*}" | tenant_sftp >/dev/null
}

# temporal_cli: the Temporal CLI that the stack uses, pointed at the Temporal server of the stack.
temporal_cli() {
  local cached=${XDG_CACHE_HOME:-$HOME/.cache}/tidemark/temporal-cli-1.5.1/temporal
  "${TEMPORAL_CLI_PATH:-$(command -v temporal || echo "$cached")}" "$@" --address "$(setting .temporalAddress)"
}
