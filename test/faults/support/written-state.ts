import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestTenant } from '../../support/world/tenant.js'
import type { World } from '../../support/world/world.js'

/** What is published, to be compared: files as such, not only what is in them, and the ledger. */
export async function writtenState(world: World, tenant: TestTenant) {
  const files = await Promise.all(
    (await tenant.everything()).map(async ({ path }) => {
      const { ino, mtimeMs, size } = await stat(join(world.sftp.folder, path))
      return { path, ino, mtimeMs, size }
    }),
  )
  const [deliveries, manifests, watermarks] = await Promise.all(
    ['delivery', 'manifest', 'watermark'].map((table) =>
      world.sql(`SELECT t.* FROM tidemark.${table} t WHERE tenant_id = $1 ORDER BY t::text`, [tenant.id]),
    ),
  )
  return { files, deliveries, manifests, watermarks }
}
