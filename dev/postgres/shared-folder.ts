import { chmod, lstat, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StartError } from '../machine/start-error.js'

/**
 * A folder of root that every user can pass through. It is not in /var/tmp, since systems remove old files there, and a
 * database has files that stay unchanged for months.
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
      // Read-only, or owned by another user. Try the next one.
    }
  }
  throw new StartError(
    'Neither /var/lib nor the temporary folder can store the Postgres data. Make one of them writable, or set DATABASE_URL.',
  )
}

/** In a folder that is writable for everybody, another user can have made it. */
async function assertOwn(folder: string): Promise<void> {
  const found = await lstat(folder)
  if (!found.isDirectory() || found.uid !== process.getuid?.())
    throw new StartError(`The folder ${folder} belongs to another user.`)
}
