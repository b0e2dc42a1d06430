import { deliveryPath } from '../domain/delivery-path.js'
import { asExportError } from '../domain/errors.js'
import { hiddenPath } from '../domain/hidden-name.js'
import type { Claim } from '../domain/publication.js'
import type { ServerSession } from '../domain/publication-ports.js'
import type { PublicationDependencies } from './dependencies.js'
import { removeIfPermitted } from './server-errors.js'

/** The files that a claim's holder writes before any of them gets its final name, in the order of their file parts. */
export interface HiddenFiles {
  /** Where they are stored, with the one that is being written. */
  readonly paths: readonly string[]
  /**
   * Puts the hidden path of the next file on record, before anything is stored there. The first call comes before the source
   * is read.
   */
  open(): Promise<void>
  /** The final path that the file at this place is meant for. */
  finalPath(index: number): string
  /** Writes the next file, and returns the final path that it is meant for. */
  upload(chunks: AsyncIterable<Buffer>, onProgress: (bytes: number) => void): Promise<string>
}

export function hiddenFiles(deps: PublicationDependencies, session: ServerSession, claim: Claim): HiddenFiles {
  const { tenantId, entity, day, format, encryption } = claim
  const paths: string[] = []
  let uploaded = 0
  const finalPath = (index: number): string => deliveryPath(tenantId, entity, day, format, index + 1, encryption)
  const open = async (): Promise<void> => {
    const path = hiddenPath(finalPath(paths.length), claim.id, deps.hiddenName)
    // Stale paths are taken off the record once. Later, another attempt's file may be stored under such a path.
    const holder = paths.length === 0 ? claim : { ...claim, staleHiddenPaths: [] }
    if (!claim.recordedHiddenPaths.includes(path)) {
      await deps.publications.recordHiddenPaths(holder, [...paths, path])
    }
    paths.push(path)
  }
  return {
    paths,
    open,
    finalPath,
    upload: async (chunks, onProgress) => {
      if (uploaded === paths.length) await open()
      await session.upload(paths[uploaded] ?? '', chunks, onProgress)
      uploaded += 1
      return finalPath(uploaded - 1)
    },
  }
}

/** Removes hidden files of earlier attempts, and returns the removed ones. A file that may not be removed stays on record. */
export async function removeStaleHidden(
  deps: PublicationDependencies,
  session: ServerSession,
  claim: Claim,
): Promise<string[]> {
  const removed: string[] = []
  for (const path of claim.staleHiddenPaths) {
    if (await removeIfPermitted(deps, session, claim, path)) removed.push(path)
  }
  return removed
}

/** How long removing the files of a failed attempt may take, in milliseconds: a worker that shuts down waits for it. */
const removeMs = 2000

/** Uses a session of its own, since the one that failed may be dead. What stays is on record, and the next claim removes it. */
export async function removeHidden(
  deps: PublicationDependencies,
  held: readonly { readonly claim: Claim; readonly files: HiddenFiles }[],
): Promise<void> {
  const left = held.flatMap(({ claim, files }) => files.paths.map((path) => ({ claim, path })))
  try {
    await deps.sftp.session(AbortSignal.timeout(removeMs), async (session) => {
      for (const { files } of held) {
        for (const path of files.paths) {
          await session.remove(path)
          left.shift()
        }
      }
    })
    for (const { claim } of held) await deps.publications.recordHiddenPaths({ ...claim, staleHiddenPaths: [] }, [])
  } catch (error) {
    const [first] = left.length > 0 ? left : held.map(({ claim }) => ({ claim, path: '' }))
    if (first) deps.events.hiddenFileLeft(first.claim, first.path, asExportError(error))
  }
}
