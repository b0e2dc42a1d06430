import { chmod, lstat, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { Environment } from '../../src/config/env.js'
import { StartError } from '../machine/start-error.js'

/**
 * Where large things that any stack of this user can share are kept: the user's cache folder, or one of the user's
 * own below the temporary folder where there is no home or it can't be written.
 */
export async function openCacheFolder(environment: Environment): Promise<string> {
  const home = [
    isUsable(environment['XDG_CACHE_HOME']) ? environment['XDG_CACHE_HOME'] : undefined,
    isUsable(environment['HOME']) ? join(environment['HOME'], '.cache') : undefined,
  ].find((folder) => folder !== undefined)
  if (home !== undefined && (await makeOwn(join(home, 'tidemark')))) return join(home, 'tidemark')
  const temporary = join(tmpdir(), `tidemark-cache-${process.getuid?.() ?? 'user'}`)
  if (await makeOwn(temporary)) return temporary
  throw new StartError('no folder for the cache: set XDG_CACHE_HOME to one that you can write')
}

function isUsable(path: string | undefined): path is string {
  return path !== undefined && isAbsolute(path)
}

/** False where it can't be made or is not ours: programs are run from here, so that nobody else may write in it. */
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
