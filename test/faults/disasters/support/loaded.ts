import { join } from 'node:path'
import { expect } from 'vitest'
import { createLoader } from '../../../clients/support/loader.js'
import type { TestTenant } from '../../../support/world/tenant.js'
import type { World } from '../../../support/world/world.js'

/** A consumer that loads the files of a tenant into a database of its own. */
export interface Consumer {
  /** Loads what is new, and compares each row with the source. */
  loadsTheSource(...entities: string[]): Promise<void>
}

export function createConsumer(world: World, tenant: TestTenant, name: string): Consumer {
  const loader = createLoader({
    python: { program: 'python3', modules: new Set() },
    target: `sqlite:${join(world.folder, `${tenant.id}-${name}.sqlite`)}`,
    from: ['--from', world.sftp.folder, '--tenant', tenant.id, '--deletes', 'mark'],
    work: join(world.folder, `${tenant.id}-${name}-work`),
  })
  return {
    loadsTheSource: async (...entities) => {
      const { exitCode, errors, events } = await loader.load()
      const reported = events.filter(({ event }) => event === 'error' || event === 'warning')
      expect({ exitCode, errors: exitCode === 0 ? '' : errors, reported }, name).toEqual({
        ...{ exitCode: 0, errors: '', reported: [] },
      })
      const loaded = await loader.rows(...entities)
      for (const entity of entities) {
        const rows = loaded.get(entity) ?? []
        const found = rows.map((row) => `${row['code']} ${row['updated_at']}`).toSorted()
        expect(found, `${entity} in ${name}`).toEqual(await sourceRows(world, tenant, entity))
      }
    },
  }
}

async function sourceRows(world: World, { id }: TestTenant, entity: string): Promise<string[]> {
  const rows = await world.sql<{ row: string }>(
    `SELECT code || ' ' || replace(replace((updated_at AT TIME ZONE 'UTC')::text, ' ', 'T') || 'Z', '+00', '') AS row
     FROM analytics."${entity}" WHERE tenant_code = $1`,
    [id],
  )
  return rows.map(({ row }) => row).toSorted()
}
