import { createHash, randomUUID } from 'node:crypto'
import { dayFolder, signaturePath } from '../domain/delivery-path.js'
import type { Delivery } from '../domain/delivery.js'
import { hiddenPath, isHiddenManifest } from '../domain/hidden-name.js'
import { dataPackage } from '../domain/manifest.js'
import type { PendingManifest, WrittenManifest } from '../domain/publication.js'
import type { ServerSession } from '../domain/publication-ports.js'
import type { PublicationDependencies } from './dependencies.js'
import { publishIndex } from './export-index.js'
import { answerOf, isServerError, removeIfPermitted } from './server-errors.js'
import { once, replaceSignature, uploadSignature } from './signatures.js'

/**
 * Writes the manifests of all pending days of a tenant, then its index, and returns the paths of the manifests. A day that can't
 * be written does not hold up the others; its error is thrown at the end.
 */
export async function publishManifests(
  deps: PublicationDependencies,
  tenantId: string,
  signal: AbortSignal,
): Promise<string[]> {
  const paths: string[] = []
  const failures: unknown[] = []
  for (const manifest of await deps.publications.pendingManifests(tenantId)) {
    try {
      if (await publishDay(deps, tenantId, manifest, signal)) paths.push(manifest.path)
    } catch (error) {
      failures.push(error)
    }
  }
  await publishIndex(deps, tenantId, signal).catch((error: unknown) => failures.push(error))
  if (failures.length > 0) throw failures[0]
  return paths
}

/** Whether the day has its manifest now. If an attempt has changed its files meanwhile, that attempt's run writes it. */
async function publishDay(
  deps: PublicationDependencies,
  tenantId: string,
  manifest: PendingManifest,
  signal: AbortSignal,
): Promise<boolean> {
  await deps.onStep('write manifest', { tenantId })
  return deps.sftp.session(signal, async (session) => {
    const files = await deps.publications.filesOfDay(tenantId, manifest.day)
    const unchanged = contentOf(deps, tenantId, manifest, files, manifest.revision)
    if (await isUpToDate(session, manifest, unchanged)) {
      return deps.publications.recordManifest(tenantId, manifest, unchanged, async () => undefined)
    }
    const written = contentOf(deps, tenantId, manifest, files, manifest.revision + 1)
    // Each attempt has a name of its own, since a stale attempt may still be writing.
    const hidden = hiddenPath(manifest.path, randomUUID(), deps.hiddenName)
    await session.upload(hidden, once(written.content))
    const signature = await uploadSignature(deps, session, manifest.path, written.content)
    const own = signature === undefined ? [hidden] : [hidden, signature]
    await deps.onStep('rename manifest', { tenantId })
    const published = await deps.publications.recordManifest(tenantId, manifest, written, async () => {
      await tidy(deps, tenantId, session, manifest.path, dayFolder(tenantId, manifest.day), own)
      await replaceSignature(session, manifest.path, signature)
      await session.replace(hidden, manifest.path, { isUploaded: true })
      await deps.onStep('record manifest', { tenantId })
    })
    if (published) deps.events.manifestPublished(tenantId, manifest.path, files.length)
    else for (const path of own) await removeIfPermitted(deps, session, { tenantId }, path)
    return published
  })
}

interface ManifestContent extends WrittenManifest {
  readonly content: Buffer
}

function contentOf(
  deps: PublicationDependencies,
  tenantId: string,
  { day }: PendingManifest,
  files: readonly Delivery[],
  revision: number,
): ManifestContent {
  const json = dataPackage(deps.catalog, tenantId, { day, revision }, files, { lineEnd: deps.lineEnd })
  const content = Buffer.from(`${JSON.stringify(json, null, 2)}\n`)
  const sha256 = createHash('sha256').update(content).digest('hex')
  return { content, revision, bytes: content.length, sha256, signedBy: deps.signer?.keyId ?? null }
}

/** Whether the manifest that was published last has the wanted content and signature, and is still stored there. */
async function isUpToDate(
  session: ServerSession,
  { sha256, bytes, signedBy, path }: PendingManifest,
  wanted: ManifestContent,
): Promise<boolean> {
  if (sha256 !== wanted.sha256 || bytes !== wanted.bytes || signedBy !== wanted.signedBy) return false
  // If the server answers with an error, the manifest is written once more.
  return (await answerOf(() => session.size(path))) === wanted.bytes
}

/**
 * Removes the hidden manifests of earlier attempts, so that a stale attempt has nothing to rename. If manifests are no longer
 * signed, it removes the signature of an earlier one.
 */
async function tidy(
  deps: PublicationDependencies,
  tenantId: string,
  session: ServerSession,
  manifest: string,
  folder: string,
  own: readonly string[],
): Promise<void> {
  for (const name of await listed(deps, tenantId, session, folder)) {
    const path = `${folder}/${name}`
    const isOutdated = deps.signer === undefined && path === signaturePath(manifest)
    const isStale = isHiddenManifest(name, deps.hiddenName) && !own.includes(path)
    if (isOutdated || isStale) await removeIfPermitted(deps, session, { tenantId }, path)
  }
}

/** Empty if the server does not permit listing folders. Hidden manifests of failed attempts then stay. */
async function listed(
  deps: PublicationDependencies,
  tenantId: string,
  session: ServerSession,
  folder: string,
): Promise<readonly string[]> {
  try {
    return await session.list(folder)
  } catch (error) {
    if (!isServerError(error)) throw error
    deps.events.hiddenFileLeft({ tenantId }, folder, error)
    return []
  }
}
