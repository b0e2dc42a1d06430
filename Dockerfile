# One image for all processes. The command selects the process; the API is the default.
# `node dist/src/bin/worker.js` is a worker (docker-compose.yml has the flags that suit it), `node dist/src/bin/cli.js migrate` brings the tables up to date.
ARG NODE_VERSION=24.11.1

# Debian, not Alpine: Temporal's native core needs glibc. Not slim: ssh2's native ciphers are compiled here.
FROM node:${NODE_VERSION}-bookworm AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY scripts/check-supply-chain.mjs scripts/supply-chain.js scripts/native-cipher.mjs scripts/known-words.mjs ./scripts/
# `npm install`, not `npm ci`: that one refuses a lock file written where a registry lacks another platform's packages.
# The dependencies are checked before any of them is installed, and no install script runs (.npmrc).
RUN node scripts/check-supply-chain.mjs \
  && npm install --no-audit --no-fund \
  && npm exec -c 'node scripts/native-cipher.mjs'
COPY . .
RUN npm run build && node scripts/image/production.mjs

FROM node:${NODE_VERSION}-bookworm-slim
# Two areas of memory for all threads. With more of them, glibc keeps tens of megabytes that nothing uses.
ENV NODE_ENV=production MALLOC_ARENA_MAX=2 HOST=0.0.0.0 PORT=4000
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
# The contents of the image in CycloneDX format: `docker run --rm tidemark cat sbom.cdx.json`.
COPY --from=build /app/package.json /app/sbom.cdx.json ./
COPY --from=build /app/dist ./dist
# The image's own unprivileged user. Nothing is written: the root file system may be read-only.
USER node
EXPOSE 4000
# The health check of the API. docker-compose.yml has one for a worker.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/src/bin/api.js"]
