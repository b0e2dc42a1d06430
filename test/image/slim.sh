#!/usr/bin/env bash
# Plays a newcomer's machine: `slim.sh npm run demo` copies what is committed here into a container of the slim Node image, installs
# it there as an ordinary user, without a compiler, OpenSSH, Python or Go, and runs the command. The exit code is the command's.
# The image must be here; where no registry of images can be reached, bases.sh makes a stand-in. TEMPORAL_CLI_PATH, if it is set,
# is a Temporal CLI that the container gets, as someone has it who installed one.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- npm run demo
image=node:$(sed -n 's/^ARG NODE_VERSION=//p' Dockerfile)-bookworm-slim
options=(--rm --interactive --network host --user node --workdir /home/node --env CI=true)
if [ -n "${TEMPORAL_CLI_PATH:-}" ]; then
  options+=(--volume "$TEMPORAL_CLI_PATH:/opt/temporal:ro" --env TEMPORAL_CLI_PATH=/opt/temporal)
fi
git archive --prefix tidemark/ HEAD |
  docker run "${options[@]}" "$image" sh -euc '
    tar -x
    cd tidemark
    npm install --no-audit --no-fund
    exec "$@"' sh "$@"
