import type { WrittenFile } from '../domain/delivery.js'
import type { Claim, Published } from '../domain/publication.js'
import { stepOf } from '../domain/run-step.js'
import { completeOrDiscard } from './complete-or-discard.js'
import type { PublicationDependencies } from './dependencies.js'
import { type HiddenFiles, hiddenFiles, removeHidden, removeStaleHidden } from './hidden-files.js'
import { publish } from './publish.js'

/** Writes the rows of the claim's window to hidden files, and returns what it has written. */
export type Write = (claim: Claim, files: HiddenFiles) => Promise<WrittenFile>

/** Publishes the claim's window: completes what an earlier attempt was about to publish, or writes the files anew. */
export async function deliver(
  deps: PublicationDependencies,
  claim: Claim,
  signal: AbortSignal,
  write: Write,
): Promise<Published> {
  await deps.onStep('connect', stepOf(claim))
  return deps.sftp.session(signal, async (session) => {
    const completed = claim.intent && (await completeOrDiscard(deps, session, claim.intent))
    if (completed) return completed
    await deps.onStep('tidy', stepOf(claim))
    const tidied = { ...claim, staleHiddenPaths: await removeStaleHidden(deps, session, claim) }
    const files = hiddenFiles(deps, session, tidied)
    const written = await writeHidden(deps, tidied, files, signal, write)
    return publish(deps, session, tidied, written, files.paths)
  })
}

/** If writing fails, the hidden files are removed. */
async function writeHidden(
  deps: PublicationDependencies,
  claim: Claim,
  files: HiddenFiles,
  signal: AbortSignal,
  write: Write,
): Promise<WrittenFile> {
  try {
    await files.open()
    const written = await write(claim, files)
    signal.throwIfAborted()
    return written
  } catch (error) {
    await removeHidden(deps, claim, files.paths)
    throw error
  }
}
