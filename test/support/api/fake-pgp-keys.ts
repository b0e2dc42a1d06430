import type { UnitOfWork } from '../../../src/database/unit-of-work/unit-of-work.js'
import type { PgpKey } from '../../../src/domain/pgp-key.js'
import { readPublicKey } from '../../../src/pgp/read-public-key.js'
import { createPgpKeys, type PgpKeys } from '../../../src/services/pgp-keys.js'
import { createEvents } from '../../../src/telemetry/create-events.js'
import { createLogger } from '../../../src/telemetry/logger.js'

/** The product's own use case over a list in memory. No tenant has a registration. */
export function fakePgpKeys(): PgpKeys {
  let kept: { readonly tenantId: string; readonly key: PgpKey }[] = []
  const list = async (tenantId: string) => kept.flatMap((each) => (each.tenantId === tenantId ? [each.key] : []))
  const unitOf = (tenantId: string) => ({
    pgpKeys: {
      list: () => list(tenantId),
      add: async (key: PgpKey) => void kept.push({ tenantId, key }),
      remove: async (fingerprint: string) => {
        kept = kept.filter((each) => each.tenantId !== tenantId || each.key.fingerprint !== fingerprint)
      },
    },
    registration: { find: async () => undefined },
    audit: { keep: async () => undefined },
  })
  return createPgpKeys({
    readPublicKey,
    signingKey: async () => undefined,
    events: createEvents(createLogger({ level: 'silent' })),
    transact: (tenantId, work) => work(unitOf(tenantId) as unknown as UnitOfWork),
    pgpKeys: { list },
  })
}
