import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ManifestResource } from '../../../dev/demo/tenant-files.js'
import { composeVerifier, type Report, type VerifyRequest } from '../../../src/compose/verifier.js'
import { loadConfig } from '../../../src/config/config.js'
import { deliveryPath, indexPath, isoDay, manifestPath } from '../../../src/domain/delivery-path.js'
import { midnight } from '../../support/world/days.js'
import type { TenantIndex } from '../../support/world/tenant-index.js'
import type { TestTenant } from '../../support/world/tenant.js'
import type { World } from '../../support/world/world.js'

export const never = new AbortController().signal
export const entity = 'site_category'
export const [first, second] = [midnight(2), midnight(1)]
export const fileOf = (tenant: TestTenant, to: Date) => deliveryPath(tenant.id, entity, to)

/** Path, what differs, and what was found. */
export const found = (report: Report) => report.differences.map(({ path, what, found: is }) => [path, what, is])
export const clean = { differences: [], notComparable: [], notLookedAt: [] }

const sha256Of = (content: Buffer) => createHash('sha256').update(content).digest('hex')

/** Deliveries to verify, and ways to change them, the ledger and the source without leaving a trace. */
export type Verification = ReturnType<typeof createVerification>

export function createVerification(world: World) {
  const local = (path: string) => join(world.sftp.folder, path)

  /** Two days of two entities: full loads of some rows, then deltas with two new rows of one entity. */
  async function twoDays(): Promise<TestTenant> {
    const tenant = await world.tenant({ rows: { user: 30, site_category: 12, site: 5 }, before: midnight(3) })
    await tenant.register({ entityList: 'site category, site' })
    await tenant.backfill(first)
    await world.sql(
      `INSERT INTO analytics.site_category (tenant_code, code, name, sort_order, is_visible, updated_at)
     VALUES ($1, 'new-00000901', 'with "quotes", a comma' || chr(10) || 'and a line', 1, true, $2), ($1, 'new-00000902', '', 2, false, $2)`,
      [tenant.id, midnight(1.5)],
    )
    await tenant.backfill(second)
    return tenant
  }

  async function verified(request: Partial<VerifyRequest>, environment = {}): Promise<Report> {
    await using verifier = await composeVerifier(loadConfig({ ...world.environment, ...environment }))
    return await verifier.verify({ withSource: true, ...request }, never)
  }

  /** Without triggers, as only a superuser can. */
  async function forge(statements: string): Promise<void> {
    await world.sql(`BEGIN; SET LOCAL session_replication_role = replica; ${statements}; COMMIT`)
  }

  /** As if the changes had been there before the files were read. */
  async function forgeSource(statements: string): Promise<void> {
    const table = 'ALTER TABLE analytics.site_category'
    await world.sql(`BEGIN; ${table} DISABLE TRIGGER USER; ${statements}; COMMIT`)
    await world.sql(`${table} ENABLE ALWAYS TRIGGER record_change`)
  }

  /** Writes another content. The manifest agrees with it, and if `ledger` is true the ledger as well. */
  async function rewrite(tenant: TestTenant, to: Date, rows: number, content: Buffer, ledger: boolean): Promise<void> {
    const path = fileOf(tenant, to)
    await writeFile(local(path), content)
    const sha256 = sha256Of(content)
    const manifest = local(manifestPath(tenant.id, to))
    const json = JSON.parse(await readFile(manifest, 'utf8')) as { resources: ManifestResource[] }
    const resources = json.resources.map((resource) =>
      resource.entity === entity ? { ...resource, bytes: content.length, rows, hash: `sha256:${sha256}` } : resource,
    )
    const bytes = Buffer.from(`${JSON.stringify({ ...json, resources }, null, 2)}\n`)
    await writeFile(manifest, bytes)
    if (!ledger) return
    const ofManifest = sha256Of(bytes)
    const day = isoDay(to)
    const index = await rewriteIndex(tenant, day, { bytes: bytes.length, sha256: ofManifest })
    await forge(
      `UPDATE tidemark.delivery SET rows = ${rows}, source_rows = ${rows}, bytes = ${content.length}, sha256 = '${sha256}'
     WHERE tenant_id = '${tenant.id}' AND entity = '${entity}' AND day = '${day}';
     UPDATE tidemark.manifest SET bytes = ${bytes.length}, sha256 = '${ofManifest}'
     WHERE tenant_id = '${tenant.id}' AND day = '${day}';
     UPDATE tidemark.export_index SET bytes = ${index.length}, sha256 = '${sha256Of(index)}'
     WHERE tenant_id = '${tenant.id}'`,
    )
  }

  /** The index as it would be if the day had that manifest. */
  async function rewriteIndex(tenant: TestTenant, day: string, manifest: object): Promise<Buffer> {
    const path = local(indexPath(tenant.id))
    const json = JSON.parse(await readFile(path, 'utf8')) as TenantIndex
    const days = json.days.map((each) => (each.day === day ? { ...each, ...manifest } : each))
    const content = Buffer.from(`${JSON.stringify({ ...json, days })}\n`)
    await writeFile(path, content)
    return content
  }

  const linesOf = async (tenant: TestTenant, to: Date) =>
    (await readFile(local(fileOf(tenant, to)), 'utf8')).split('\n').slice(0, -1)

  return { local, twoDays, verified, forge, forgeSource, rewrite, linesOf }
}
