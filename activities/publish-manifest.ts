import { createHash, randomUUID } from 'node:crypto'
import { Context } from '@temporalio/activity'
import type { ManifestResult, PublishManifestInput } from '../src/contracts.js'
import type { PendingManifest, WrittenManifest } from '../src/database/manifest-store.js'
import { dayFolder } from '../src/domain/delivery-path.js'
import { hiddenPath, isHiddenManifest } from '../src/domain/hidden-name.js'
import { dataPackage, type DeliveredFile } from '../src/domain/manifest.js'
import type { SftpSession } from '../src/sftp/sftp.js'
import type { ActivityDependencies } from './dependencies.js'
import { heartbeating } from './heartbeat.js'
import { settleAll } from './publication.js'
import { isRefusal, removeIfPermitted } from './refusal.js'

/**
 * Writes the manifests of all days of the tenant whose files may have changed since theirs was written, after what
 * attempts have left undone is done. A day that can't be written does not hold up the others; then it fails in the end.
 */
export async function publishManifest(
  deps: ActivityDependencies,
  { tenantId }: PublishManifestInput,
): Promise<ManifestResult> {
  const { cancellationSignal } = Context.current()
  return heartbeating(async () => {
    const settled = await settleAll(deps, tenantId, cancellationSignal)
    return { paths: await publishPending(deps, tenantId, cancellationSignal), settled }
  })
}

/** The manifests of all days that are pending. Gives the paths of those that were written. */
export async function publishPending(
  deps: ActivityDependencies,
  tenantId: string,
  signal: AbortSignal,
): Promise<string[]> {
  const paths: string[] = []
  const failures: unknown[] = []
  for (const manifest of await deps.manifests.pending(tenantId)) {
    try {
      if (await publishDay(deps, tenantId, manifest, signal)) paths.push(manifest.path)
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
  return paths
}

/** Whether the day has its manifest now: not where others have changed its files meanwhile, who will write it. */
async function publishDay(
  deps: ActivityDependencies,
  tenantId: string,
  manifest: PendingManifest,
  signal: AbortSignal,
): Promise<boolean> {
  await deps.onStep('write manifest', { tenantId })
  return deps.sftp.session(signal, async (session) => {
    const files = await deps.manifests.files(tenantId, manifest.day)
    const unchanged = contentOf(deps, tenantId, manifest, files, manifest.revision)
    if (await isThere(session, manifest, unchanged)) {
      return deps.manifests.publish(tenantId, manifest, unchanged, async () => undefined)
    }
    const written = contentOf(deps, tenantId, manifest, files, manifest.revision + 1)
    // A name of its own for each attempt: one that was left behind may still be writing.
    const part = hiddenPath(manifest.path, randomUUID(), deps.hiddenName)
    await session.upload(part, once(written.content))
    await deps.onStep('rename manifest', { tenantId })
    const published = await deps.manifests.publish(tenantId, manifest, written, async () => {
      await removeParts(deps, tenantId, session, dayFolder(tenantId, manifest.day), part)
      await session.replace(part, manifest.path, { isUploaded: true })
      await deps.onStep('record manifest', { tenantId })
    })
    if (published) deps.events.manifestPublished(tenantId, manifest.path, files.length)
    else await removeIfPermitted(deps, session, { tenantId }, part)
    return published
  })
}

interface ManifestContent extends WrittenManifest {
  readonly content: Buffer
}

function contentOf(
  deps: ActivityDependencies,
  tenantId: string,
  { day }: PendingManifest,
  files: readonly DeliveredFile[],
  revision: number,
): ManifestContent {
  const json = dataPackage(deps.catalog, tenantId, { day, revision }, files, { lineEnd: deps.lineEnd })
  const content = Buffer.from(`${JSON.stringify(json, null, 2)}\n`)
  const sha256 = createHash('sha256').update(content).digest('hex')
  return { content, revision, bytes: content.length, sha256 }
}

/** Whether the manifest that was published last says what there is to say, and lies there still. */
async function isThere(
  session: SftpSession,
  { sha256, bytes, path }: PendingManifest,
  wanted: ManifestContent,
): Promise<boolean> {
  if (sha256 !== wanted.sha256 || bytes !== wanted.bytes) return false
  try {
    return (await session.size(path)) === wanted.bytes
  } catch (error) {
    // A server that tells nothing of it gets it once more.
    if (isRefusal(error)) return false
    throw error
  }
}

/** Hidden manifests that earlier attempts left: without them, whoever wakes up late has nothing to rename. */
async function removeParts(
  deps: ActivityDependencies,
  tenantId: string,
  session: SftpSession,
  folder: string,
  own: string,
): Promise<void> {
  for (const name of await listed(deps, tenantId, session, folder)) {
    const path = `${folder}/${name}`
    if (isHiddenManifest(name, deps.hiddenName) && path !== own)
      await removeIfPermitted(deps, session, { tenantId }, path)
  }
}

/** Nothing where the server lists no folders: it may then keep hidden manifests of attempts that failed. */
async function listed(
  deps: ActivityDependencies,
  tenantId: string,
  session: SftpSession,
  folder: string,
): Promise<readonly string[]> {
  try {
    return await session.list(folder)
  } catch (error) {
    if (!isRefusal(error)) throw error
    deps.events.partLeftBehind({ tenantId }, folder, error)
    return []
  }
}

async function* once(content: Buffer): AsyncGenerator<Buffer> {
  yield content
}
