import { chmod, lstat, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { Environment } from '../../src/config/env.js'
import { StartError } from '../machine/start-error.js'

/**
 * The folder for large files that all stacks of this user share. It is in the user's cache folder, or in the temporary
 * folder if there is no writable home.
 */
export async function openCacheFolder(environment: Environment): Promise<string> {
  const home = [
    isUsable(environment['XDG_CACHE_HOME']) ? environment['XDG_CACHE_HOME'] : undefined,
    isUsable(environment['HOME']) ? join(environment['HOME'], '.cache') : undefined,
  ].find((folder) => folder !== undefined)
  if (home !== undefined && (await makeOwn(join(home, 'tidemark')))) return join(home, 'tidemark')
  const temporary = join(tmpdir(), `tidemark-cache-${process.getuid?.() ?? 'user'}`)
  if (await makeOwn(temporary)) return temporary
  throw new StartError('There is no folder for the cache. Set XDG_CACHE_HOME to a folder that you can write.')
}

function isUsable(path: string | undefined): path is string {
  return path !== undefined && isAbsolute(path)
}

/** False if the folder can't be made or has another owner, who could change the programs that run from it. */
async function makeOwn(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o755 })
    const found = await lstat(folder)
    if (!found.isDirectory() || (process.getuid !== undefined && found.uid !== process.getuid())) return false
    await chmod(folder, 0o755)
    return true
  } catch {
    return false
  }
}
