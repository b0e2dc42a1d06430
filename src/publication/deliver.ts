import type { WrittenFile } from '../domain/delivery.js'
import type { Claim, Published } from '../domain/publication.js'
import type { ServerSession } from '../domain/publication-ports.js'
import { requireCompared } from './compare-with-server.js'
import { completeOrDiscard } from './complete-or-discard.js'
import type { PublicationDependencies } from './dependencies.js'
import { onStepOfEach } from './each-step.js'
import { type HiddenFiles, hiddenFiles, removeHidden, removeStaleHidden } from './hidden-files.js'
import { publish, type WrittenClaim } from './publish.js'

/** A claim, and the hidden files that its holder writes. */
export interface HeldClaim {
  readonly claim: Claim
  readonly files: HiddenFiles
}

/** Writes the rows of the claim's window to hidden files, and returns what it has written. */
export type Write = (held: HeldClaim) => Promise<WrittenFile>

/** The same for claims that were taken together. It may leave some of them out. */
export type WriteAll = (
  session: ServerSession,
  held: readonly HeldClaim[],
) => Promise<readonly { readonly held: HeldClaim; readonly file: WrittenFile }[]>

/** Publishes the claim's window: completes what an earlier attempt was about to publish, or writes the files anew. */
export async function deliver(
  deps: PublicationDependencies,
  claim: Claim,
  signal: AbortSignal,
  write: Write,
): Promise<Published> {
  await onStepOfEach(deps, 'connect', [claim])
  return deps.sftp.session(signal, async (session) => {
    await requireCompared(deps, session, claim.tenantId)
    const completed = claim.intent && (await completeOrDiscard(deps, session, claim.intent))
    if (completed) return completed
    const [held] = await tidyAndHold(deps, session, [claim])
    const written = await writeHidden(deps, held ? [held] : [], signal, async ([one]) =>
      one ? [{ held: one, file: await write(one) }] : [],
    )
    const [published] = await publish(deps, session, written)
    if (!published) throw new Error('a delivery has no file')
    return published
  })
}

/**
 * Publishes the windows of claims that were taken together, and returns the published ones. What `writeAll` leaves out stays
 * unpublished. After a failure each window is in a state that its next attempt can act on.
 */
export async function deliverAll(
  deps: PublicationDependencies,
  claims: readonly Claim[],
  signal: AbortSignal,
  writeAll: WriteAll,
): Promise<readonly { readonly claim: Claim; readonly published: Published }[]> {
  await onStepOfEach(deps, 'connect', claims)
  return deps.sftp.session(signal, async (session) => {
    for (const tenantId of new Set(claims.map((each) => each.tenantId))) await requireCompared(deps, session, tenantId)
    const held = await tidyAndHold(deps, session, claims)
    const written = await writeHidden(deps, held, signal, (all) => writeAll(session, all))
    if (written.length === 0) return []
    const published = await publish(deps, session, written)
    return written.flatMap(({ claim }, index) => {
      const each = published[index]
      return each ? [{ claim, published: each }] : []
    })
  })
}

/** Removes hidden files of earlier attempts. */
async function tidyAndHold(
  deps: PublicationDependencies,
  session: ServerSession,
  claims: readonly Claim[],
): Promise<HeldClaim[]> {
  await onStepOfEach(deps, 'tidy', claims)
  const held: HeldClaim[] = []
  for (const each of claims) {
    const claim = { ...each, staleHiddenPaths: await removeStaleHidden(deps, session, each) }
    held.push({ claim, files: hiddenFiles(deps, session, claim) })
  }
  return held
}

/** If writing fails, the hidden files are removed. */
async function writeHidden(
  deps: PublicationDependencies,
  held: readonly HeldClaim[],
  signal: AbortSignal,
  write: (held: readonly HeldClaim[]) => ReturnType<WriteAll>,
): Promise<WrittenClaim[]> {
  try {
    for (const { files } of held) await files.open()
    const written = await write(held)
    signal.throwIfAborted()
    return written.map(({ held: { claim, files }, file }) => ({ claim, file, hiddenPaths: files.paths }))
  } catch (error) {
    await removeHidden(deps, held)
    throw error
  }
}
