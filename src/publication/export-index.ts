import { createHash, randomUUID } from 'node:crypto'
import { contractFolder, contractPath, indexPath, signaturePath, tenantFolder } from '../domain/delivery-path.js'
import { indexContent, type ReservedIndex, type StoredContract } from '../domain/export-index.js'
import { allEnded } from '../domain/in-parallel.js'
import { hiddenPath, isHiddenIndex, isHiddenName } from '../domain/hidden-name.js'
import type { ServerSession } from '../domain/publication-ports.js'
import type { PublicationDependencies } from './dependencies.js'
import { answerOf, isServerError, removeIfPermitted } from './server-errors.js'
import { once, replaceSignature, uploadSignature } from './signatures.js'

/**
 * Writes the index of a tenant if days have changed since the last one, and the contracts of entities whose columns have changed.
 * A server that refuses the index does not fail a run: the files and the manifest are there, and the index is written later.
 */
export async function publishIndex(
  deps: PublicationDependencies,
  tenantId: string,
  signal: AbortSignal,
): Promise<void> {
  const reserved = await deps.publications.reserveIndex(tenantId)
  if (!reserved) return
  await deps.onStep('write index', { tenantId })
  try {
    await deps.sftp.session(signal, (session) => writeIndex(deps, session, tenantId, reserved))
  } catch (error) {
    if (!isServerError(error)) throw error
    deps.events.indexNotWritten(tenantId, indexPath(tenantId), error)
  }
}

async function writeIndex(
  deps: PublicationDependencies,
  session: ServerSession,
  tenantId: string,
  reserved: ReservedIndex,
): Promise<void> {
  const path = indexPath(tenantId)
  const changed = await changedContracts(deps, tenantId, reserved)
  const contracts = {
    ...reserved.contracts,
    ...Object.fromEntries(changed.map(({ entity, stored }) => [entity, stored])),
  }
  const content = indexContent(tenantId, reserved, contracts, new Date(), await deps.installation.id())
  await uploadContracts(session, changed)
  const hidden = hiddenPath(path, randomUUID(), deps.hiddenName)
  await session.upload(hidden, once(content))
  const signature = await uploadSignature(deps, session, path, content)
  await deps.onStep('rename index', { tenantId })
  const written = { bytes: content.length, sha256: sha256Of(content), signedBy: deps.signer?.keyId ?? null, contracts }
  const own = [hidden, ...(signature === undefined ? [] : [signature]), ...changed.map((each) => each.hidden)]
  const isWritten = await deps.publications.recordIndex(tenantId, reserved.revision, written, async () => {
    await tidy(deps, session, tenantId, reserved, own)
    await allEnded(changed.map((each) => session.replace(each.hidden, each.path, { isUploaded: true })))
    await replaceSignature(session, path, signature)
    await session.replace(hidden, path, { isUploaded: true })
    await deps.onStep('record index', { tenantId })
  })
  // A later attempt has read the same days, or newer ones.
  if (!isWritten) for (const each of own) await removeIfPermitted(deps, session, { tenantId }, each)
}

interface ChangedContract {
  readonly entity: string
  readonly path: string
  readonly hidden: string
  readonly content: Buffer
  readonly stored: StoredContract
}

/** The contracts of entities that have another schema version than the contract on the server. */
async function changedContracts(
  { publications, contractText, hiddenName }: PublicationDependencies,
  tenantId: string,
  { entities, contracts }: ReservedIndex,
): Promise<ChangedContract[]> {
  if (!contractText) return []
  const outdated = entities.filter(
    ({ entity, schemaVersion, isRemoved }) => !isRemoved && contracts[entity]?.schemaVersion !== schemaVersion,
  )
  if (outdated.length === 0) return []
  const ids = outdated.map(({ deliveryId }) => deliveryId)
  return (await publications.deliveriesById(tenantId, ids)).flatMap((delivery) => {
    const { entity, schemaVersion } = delivery
    const text = contractText(delivery)
    if (text === undefined) return []
    const content = Buffer.from(text)
    const path = contractPath(tenantId, entity)
    const hidden = hiddenPath(path, randomUUID(), hiddenName)
    return [
      { entity, path, hidden, content, stored: { schemaVersion, bytes: content.length, sha256: sha256Of(content) } },
    ]
  })
}

async function uploadContracts(session: ServerSession, changed: readonly ChangedContract[]): Promise<void> {
  if (changed.length === 0) return
  await session.makeFoldersFor(changed.map(({ hidden }) => hidden))
  await allEnded(changed.map(({ hidden, content }) => session.upload(hidden, once(content))))
}

/**
 * Removes the hidden files of an attempt that did not end, so that it has nothing to rename. If nothing is signed any more, it
 * removes the signature of the index before.
 */
async function tidy(
  deps: PublicationDependencies,
  session: ServerSession,
  tenantId: string,
  { isInterrupted, signedBy }: ReservedIndex,
  own: readonly string[],
): Promise<void> {
  const outdated = deps.signer === undefined && (isInterrupted || signedBy !== null)
  const paths = [
    ...(outdated ? [signaturePath(indexPath(tenantId))] : []),
    ...(isInterrupted ? await staleFiles(deps, session, tenantId) : []),
  ]
  for (const path of paths.filter((each) => !own.includes(each))) {
    await removeIfPermitted(deps, session, { tenantId }, path)
  }
}

async function staleFiles(
  { hiddenName }: PublicationDependencies,
  session: ServerSession,
  tenantId: string,
): Promise<string[]> {
  const pathsIn = async (folder: string, isStale: (name: string, pattern: string) => boolean): Promise<string[]> => {
    const names = await answerOf(() => session.list(folder))
    return names === 'unknown'
      ? []
      : names.filter((name) => isStale(name, hiddenName)).map((name) => `${folder}/${name}`)
  }
  return [
    ...(await pathsIn(tenantFolder(tenantId), isHiddenIndex)),
    ...(await pathsIn(contractFolder(tenantId), isHiddenName)),
  ]
}

function sha256Of(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
