import type { Claim, Published, UploadedFile } from '../domain/publication.js'
import type { ServerSession } from '../domain/publication-ports.js'
import type { PublicationDependencies } from './dependencies.js'
import { type HiddenFiles, hiddenFiles, removeHidden, removeLeftovers } from './hidden-files.js'
import { publish } from './publish.js'
import { settle } from './settle.js'
import { step } from './step.js'

/** Writes the rows of the claim's window to hidden files, and returns what it has written. */
export type Write = (claim: Claim, files: HiddenFiles) => Promise<Omit<UploadedFile, 'hidden'>>

/** Publishes the claim's window: completes what an earlier attempt was about to publish, or writes the files anew. */
export async function deliver(
  deps: PublicationDependencies,
  claim: Claim,
  signal: AbortSignal,
  write: Write,
): Promise<Published> {
  await step(deps, claim, 'connect')
  return deps.sftp.session(signal, async (session) => {
    const settled = claim.intent && (await settle(deps, session, claim.intent))
    if (settled) return settled
    await step(deps, claim, 'tidy')
    const tidied = { ...claim, leftovers: await removeLeftovers(deps, session, claim) }
    const file = await uploadHidden(deps, session, tidied, signal, write)
    return publish(deps, session, tidied, file)
  })
}

/** Where writing fails, the hidden files are removed. */
async function uploadHidden(
  deps: PublicationDependencies,
  session: ServerSession,
  claim: Claim,
  signal: AbortSignal,
  write: Write,
): Promise<UploadedFile> {
  const files = hiddenFiles(deps, session, claim)
  try {
    await files.open()
    const written = await write(claim, files)
    signal.throwIfAborted()
    return { ...written, hidden: files.hidden }
  } catch (error) {
    await removeHidden(deps, claim, files.hidden)
    throw error
  }
}
