import type { StoredManifest } from '../../database/server/server-store.js'
import { ExportError } from '../../domain/errors.js'
import type { SftpSession } from '../../sftp/sftp.js'
import { answerOrRefusal } from './mark-file.js'

/** What the server has of manifests that the ledger knows. */
export interface FoundFiles {
  readonly there: readonly StoredManifest[]
  readonly gone: readonly StoredManifest[]
}

/** Looks for manifests, at once. `unknown` if the server does not say it of any. */
export async function lookForFiles(
  session: SftpSession,
  manifests: readonly StoredManifest[],
): Promise<FoundFiles | 'unknown'> {
  const looked = await Promise.all(
    manifests.map(async (manifest) => ({ manifest, size: await answerOrRefusal(() => session.size(manifest.path)) })),
  )
  const known = looked.filter(({ size }) => !(size instanceof ExportError))
  if (known.length === 0 && looked.length > 0) return 'unknown'
  const isThere = ({ manifest, size }: (typeof looked)[number]): boolean =>
    size !== undefined && (manifest.bytes === null || manifest.bytes === size)
  return {
    there: known.filter(isThere).map(({ manifest }) => manifest),
    gone: known.filter((each) => !isThere(each)).map(({ manifest }) => manifest),
  }
}
