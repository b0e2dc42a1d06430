import { join } from 'node:path'
import { expect } from 'vitest'
import { createLoader } from '../../../clients/support/loader.js'
import { loaderPython } from '../../../clients/support/python.js'
import type { TestTenant } from '../../../support/world/tenant.js'
import type { World } from '../../../support/world/world.js'

/** A consumer of a tenant, which loads with `tidemark-load` into a database of its own. */
export interface Consumer {
  /** Loads what is new, and expects the rows of the source. */
  holdsTheSource(): Promise<void>
}

/** A consumer that has loaded nothing yet. Without a Python that can run the loader, it does nothing. */
export async function createConsumer(world: World, { id }: TestTenant, name: string): Promise<Consumer> {
  const python = await loaderPython('the loader after a disaster')
  if (!python) return { holdsTheSource: async () => undefined }
  const loader = createLoader({
    python,
    target: `sqlite:${join(world.folder, `${id}-${name}.sqlite`)}`,
    from: ['--from', world.sftp.folder, '--tenant', id, '--deletes', 'mark'],
    work: join(world.folder, `${id}-${name}`),
  })
  return {
    holdsTheSource: async () => {
      const { exitCode, events, errors } = await loader.load()
      const failed = events.filter(({ event }) => event === 'failed')
      expect({ exitCode, errors, failed }, `the loader ${name}`).toEqual({ exitCode: 0, errors: '', failed: [] })
      for (const table of ['user', 'site']) {
        const loaded = (await loader.rows(table)).get(table) ?? []
        expect(versions(loaded), `${table} of the loader ${name}`).toEqual(versions(await sourceRows(world, id, table)))
      }
    },
  }
}

function sourceRows(world: World, tenantId: string, table: string): Promise<Record<string, unknown>[]> {
  return world.sql(`SELECT code, updated_at, is_deleted FROM analytics."${table}" WHERE tenant_code = $1`, [tenantId])
}

/** Each row by its key, the time of its change, and whether it is deleted. */
function versions(rows: readonly Readonly<Record<string, unknown>>[]): string[] {
  const moment = (value: unknown): number => (value instanceof Date ? value : new Date(String(value))).getTime()
  const flag = (value: unknown): boolean => value === true || value === 'true' || value === '1'
  return rows
    .map(({ code, updated_at: at, is_deleted: gone }) => `${String(code)} ${moment(at)} ${flag(gone)}`)
    .toSorted()
}
