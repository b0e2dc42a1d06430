import { createHash } from 'node:crypto'
import { Context } from '@temporalio/activity'
import type { ManifestResult } from '../src/contracts.js'
import type { PendingManifest } from '../src/database/manifest-store.js'
import { partPath } from '../src/domain/delivery-path.js'
import { dataPackage } from '../src/domain/manifest.js'
import type { ActivityDependencies } from './dependencies.js'
import { heartbeating } from './heartbeat.js'

/** Writes the manifests of all days of the tenant whose files have changed since theirs was written. */
export async function publishManifest(
  deps: ActivityDependencies,
  { tenantId }: { tenantId: string },
): Promise<ManifestResult> {
  const pending = await deps.manifests.pending(tenantId)
  const paths = await heartbeating(async () => {
    const written: string[] = []
    for (const manifest of pending) written.push(await publishDay(deps, tenantId, manifest))
    return written
  })
  return { paths }
}

async function publishDay(deps: ActivityDependencies, tenantId: string, manifest: PendingManifest): Promise<string> {
  const files = await deps.manifests.files(tenantId, manifest.day)
  const json = dataPackage(deps.catalog, tenantId, manifest, files, { lineEnd: deps.lineEnd })
  const content = Buffer.from(`${JSON.stringify(json, null, 2)}\n`)
  // Always the same name: what a crash leaves behind is overwritten, since the day stays pending until it is published.
  const part = partPath(manifest.path, 'manifest')
  await deps.sftp.session(Context.current().cancellationSignal, async (session) => {
    await session.upload(part, once(content))
    await session.replace(part, manifest.path)
  })
  const sha256 = createHash('sha256').update(content).digest('hex')
  await deps.manifests.recordPublished(tenantId, manifest, { bytes: content.length, sha256 })
  deps.events.manifestPublished(tenantId, manifest.path, files.length)
  return manifest.path
}

async function* once(content: Buffer): AsyncGenerator<Buffer> {
  yield content
}
