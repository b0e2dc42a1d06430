import { createHash } from 'node:crypto'
import type pg from 'pg'
import { indexPath } from '../../../../src/domain/delivery-path.js'
import type { IndexedManifest, TenantIndex } from '../../../support/world/tenant-index.js'
import type { TenantStory } from './tenant-story.js'

/** A loader that remembers the highest number that it has handled, and reads only days with a higher one. */
interface Loader {
  lastChange: number
  readonly manifests: Map<string, string>
}

const loaders = new WeakMap<TenantStory, Loader>()

/**
 * I13: the index lists the manifests that are on record, and a loader that has only ever looked at days with a higher number
 * knows them all. @throws where it is not so
 */
export async function requireIndex(pool: pg.Pool, story: TenantStory): Promise<void> {
  const { tenantId, disk } = story
  const content = disk.files.get(indexPath(tenantId))
  if (!content) throw new Error(`I13: ${tenantId} has no index`)
  const { days, lastChange } = JSON.parse(content.toString()) as TenantIndex
  const { rows } = await pool.query<{ day: string; path: string; revision: number; sha256: string }>(
    'SELECT day::text, path, revision, sha256 FROM manifest WHERE tenant_id = $1 AND revision > 0 ORDER BY day',
    [tenantId],
  )
  const recorded = rows.map(({ day, revision, sha256 }) => [day, revision, sha256].join(' '))
  const listed = days.map(({ day, revision, sha256 }) => [day, revision, sha256].join(' '))
  if (recorded.join() !== listed.join()) throw new Error(`I13: the index of ${tenantId} is not what is on record`)
  const loader = loaders.get(story) ?? { lastChange: 0, manifests: new Map() }
  loaders.set(story, loader)
  for (const day of days) if (day.change > loader.lastChange) loader.manifests.set(day.day, sha256Of(disk.files, day))
  loader.lastChange = lastChange
  for (const { day, sha256 } of rows) {
    if (loader.manifests.get(day) !== sha256) throw new Error(`I13: a loader of ${tenantId} has missed ${day}`)
  }
}

function sha256Of(files: TenantStory['disk']['files'], { manifest }: IndexedManifest): string {
  return createHash('sha256')
    .update(files.get(manifest) ?? '')
    .digest('hex')
}
