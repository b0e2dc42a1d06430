import { randomUUID } from 'node:crypto'
import type { ServerRecord } from '../../domain/server-mark.js'
import { Prisma } from '../../generated/prisma/client.js'
import type { Database } from '../client.js'
import { createInstallationStore } from '../installation-store.js'
import { withTypedErrors } from '../errors.js'

/** What is on record of the SFTP server that this installation delivers to. `tenantId` is null for a root that all tenants share. */
export interface ServerStore {
  find(tenantId: string | null): Promise<ServerRecord>
  /** Gives the first server its id. If another worker does it at the same time, both get the same id. */
  begin(): Promise<string>
  /** Records that the mark of the server is written. */
  recordMark(tenantId: string | null, server: string): Promise<void>
  /** Puts another server on record, whose mark is not written yet. */
  replace(server: string): Promise<void>
  /** The tenants that have files on record, in order. */
  tenants(): Promise<string[]>
  /** The newest manifests on the server: one of each tenant, of at most `take` tenants. */
  newestManifests(take: number): Promise<StoredManifest[]>
}

/** A manifest that is stored on the server, according to the ledger. */
export interface StoredManifest {
  readonly tenantId: string
  readonly path: string
  /** Null in rows of releases that did not record it. */
  readonly bytes: number | null
  readonly sha256: string | null
}

export function createServerStore(database: Database): ServerStore {
  const installations = createInstallationStore(database)
  return withTypedErrors({
    find: async (tenantId) => {
      const { id, serverId, serverMarkedAt } = await installations.find()
      const record = { installation: id, server: serverId }
      if (tenantId === null) return { ...record, isMarked: serverMarkedAt !== null }
      const [mark] = await database.readForTenant<{ server: string }>(
        tenantId,
        'SELECT server_id::text AS server FROM server_mark',
      )
      return { ...record, isMarked: mark !== undefined && mark.server === serverId }
    },
    begin: () =>
      database.forOperations(async (transaction) => {
        // A second worker waits for the row, and then finds the id.
        await transaction.installation.updateMany({ where: { serverId: null }, data: { serverId: randomUUID() } })
        const { serverId } = await transaction.installation.findFirstOrThrow()
        if (serverId === null) throw new Error('the installation has no server')
        return serverId
      }),
    recordMark: async (tenantId, serverId) => {
      const markedAt = new Date()
      if (tenantId === null) {
        const where = { serverId }
        await database.forOperations((transaction) =>
          transaction.installation.updateMany({ where, data: { serverMarkedAt: markedAt } }),
        )
        return
      }
      await database.forTenant(tenantId, (transaction) =>
        transaction.serverMark.upsert({
          where: { tenantId },
          create: { tenantId, serverId, markedAt },
          update: { serverId, markedAt },
        }),
      )
    },
    replace: async (serverId) => {
      await database.forOperations((transaction) =>
        transaction.installation.updateMany({ data: { serverId, serverMarkedAt: null } }),
      )
    },
    tenants: () => database.tenantIds(Prisma.sql`tenants_with_files(NULL::date)`),
    newestManifests: (take) =>
      database.forOperations(async (transaction) => {
        const rows = await transaction.$queryRaw<ManifestRow[]>`SELECT * FROM newest_manifests(${take}::int)`
        return rows.map(({ tenant_id: tenantId, path, bytes, sha256 }) => ({
          ...{ tenantId, path, sha256 },
          bytes: bytes === null ? null : Number(bytes),
        }))
      }),
  })
}

interface ManifestRow {
  readonly tenant_id: string
  readonly path: string
  readonly bytes: bigint | null
  readonly sha256: string | null
}
