import type { FastifyInstance } from 'fastify'

/** Within this time, a loader can use what it has fetched. An operator adds a key that long before its first use. */
const maxAgeSeconds = 3600

/** The public keys of the signatures of manifests and indexes, as a JSON Web Key Set. It has no secrets, and needs no token. */
export function publishManifestKeys(app: FastifyInstance, keys: readonly object[]): void {
  const content = JSON.stringify({ keys })
  app.get('/.well-known/tidemark-keys.json', async (_request, reply) =>
    reply
      .header('cache-control', `public, max-age=${maxAgeSeconds}`)
      .type('application/jwk-set+json; charset=utf-8')
      .send(content),
  )
}
