import { chmod, lstat, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StartError } from '../machine/start-error.js'

/**
 * A folder of root's that every user can walk through. /var/lib rather than /var/tmp: systems clear old files out of
 * the latter, and a database has files that are not touched for months.
 */
export async function sharedFolder(): Promise<string> {
  for (const parent of ['/var/lib', tmpdir()]) {
    const folder = join(parent, 'tidemark')
    try {
      await mkdir(folder, { recursive: true, mode: 0o711 })
      await assertOwn(folder)
      await chmod(folder, 0o711)
      return folder
    } catch {
      // Read-only, or in another's hands: the next one.
    }
  }
  throw new StartError('neither /var/lib nor the temporary folder can hold the Postgres data')
}

/** In a folder that anybody may write, somebody else may have been there first. */
async function assertOwn(folder: string): Promise<void> {
  const found = await lstat(folder)
  if (!found.isDirectory() || found.uid !== process.getuid?.())
    throw new StartError(`${folder} belongs to somebody else`)
}
