import type { AnnouncedIntent, Claim, Published, UploadedFile } from '../domain/publication.js'
import type { ServerSession } from '../domain/publication-ports.js'
import type { PublicationDependencies } from './dependencies.js'
import { putInPlace } from './place.js'
import { isSuperseded, removeIfPermitted } from './refusal.js'
import { step } from './step.js'

/**
 * Publishes a file that is stored whole under its hidden names. The intent is on record before anything is renamed, so that the
 * next attempt after a crash knows what the file under the final name is, or was about to be.
 */
export async function publish(
  deps: PublicationDependencies,
  session: ServerSession,
  claim: Claim,
  file: UploadedFile,
): Promise<Published> {
  await step(deps, claim, 'intend')
  const intent = await intend(deps, session, claim, file)
  const hidden = intent.files.flatMap((each) => (each.hidden === null ? [] : [{ ...each, hidden: each.hidden }]))
  return putInPlace(deps, session, intent, { manifest: intent.manifest, hidden, isUploaded: true })
}

/** A stale attempt removes its hidden files itself: its successor has taken those that it knew of off the record. */
async function intend(
  deps: PublicationDependencies,
  session: ServerSession,
  claim: Claim,
  file: UploadedFile,
): Promise<AnnouncedIntent> {
  try {
    return await deps.publications.intend(claim, file)
  } catch (error) {
    if (isSuperseded(error)) for (const hidden of file.hidden) await removeIfPermitted(deps, session, claim, hidden)
    throw error
  }
}
