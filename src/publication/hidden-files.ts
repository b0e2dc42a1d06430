import { deliveryPath } from '../domain/delivery-path.js'
import { asExportError } from '../domain/errors.js'
import { hiddenPath } from '../domain/hidden-name.js'
import type { Claim } from '../domain/publication.js'
import type { ServerSession } from '../domain/publication-ports.js'
import type { PublicationDependencies } from './dependencies.js'
import { removeIfPermitted } from './refusal.js'

/** The files that a claim's holder writes before any of them gets its final name, in the order of their parts. */
export interface HiddenFiles {
  /** Where they are stored, with the one that is being written. */
  readonly hidden: readonly string[]
  /**
   * Puts the hidden name of the next file on record, before anything is stored there. The first call comes before the source
   * is read.
   */
  open(): Promise<void>
  /** Writes the next file, and returns the final path that it is meant for. */
  upload(chunks: AsyncIterable<Buffer>, onProgress: (bytes: number) => void): Promise<string>
}

export function hiddenFiles(deps: PublicationDependencies, session: ServerSession, claim: Claim): HiddenFiles {
  const { tenantId, entity, to, format } = claim
  const hidden: string[] = []
  let uploaded = 0
  const pathOf = (index: number): string => deliveryPath(tenantId, entity, to, format, index + 1)
  const open = async (): Promise<void> => {
    const name = hiddenPath(pathOf(hidden.length), claim.id, deps.hiddenName)
    // Leftovers are taken off the record once. Later, another attempt's file may be stored under such a name.
    const held = hidden.length === 0 ? claim : { ...claim, leftovers: [] }
    if (!claim.noted.includes(name)) await deps.publications.noteHiddenFiles(held, [...hidden, name])
    hidden.push(name)
  }
  return {
    hidden,
    open,
    upload: async (chunks, onProgress) => {
      if (uploaded === hidden.length) await open()
      await session.upload(hidden[uploaded] ?? '', chunks, onProgress)
      uploaded += 1
      return pathOf(uploaded - 1)
    },
  }
}

/** Removes what earlier attempts left. Returns those that are gone; one that may not be removed stays on record. */
export async function removeLeftovers(
  deps: PublicationDependencies,
  session: ServerSession,
  claim: Claim,
): Promise<string[]> {
  const gone: string[] = []
  for (const leftover of claim.leftovers) {
    if (await removeIfPermitted(deps, session, claim, leftover)) gone.push(leftover)
  }
  return gone
}

/** How long removing the files of a failed attempt may take, in milliseconds: a worker that shuts down waits for it. */
const removeMs = 2000

/** Uses a session of its own, since the one that failed may be dead. What stays is on record, and the next claim removes it. */
export async function removeHidden(
  deps: PublicationDependencies,
  claim: Claim,
  hidden: readonly string[],
): Promise<void> {
  const left = [...hidden]
  try {
    await deps.sftp.session(AbortSignal.timeout(removeMs), async (session) => {
      for (const path of hidden) {
        await session.remove(path)
        left.shift()
      }
    })
    await deps.publications.noteHiddenFiles({ ...claim, leftovers: [] }, [])
  } catch (error) {
    deps.events.hiddenFileLeft(claim, left[0] ?? '', asExportError(error))
  }
}
