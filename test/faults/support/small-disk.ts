import { execFile } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const megabytes = 4

/** A disk that is easily filled. */
export interface SmallDisk {
  /** Leaves no free byte. */
  fill(): Promise<void>
  makeRoom(): Promise<void>
  unmount(): Promise<void>
}

/** Makes an empty folder such a disk. Undefined, and plainly said, where nobody may mount one: that takes root. */
export async function mountSmallDisk(folder: string): Promise<SmallDisk | undefined> {
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0777`, 'tmpfs', folder])
  } catch (error) {
    console.warn(`DID NOT RUN: a full disk needs the right to mount a small one: ${String(error)}`)
    return undefined
  }
  const filler = join(folder, 'filler')
  return {
    fill: async () => {
      const error = await writeFile(filler, Buffer.alloc(2 * megabytes * 1024 * 1024)).catch(
        (refused: NodeJS.ErrnoException) => refused,
      )
      if (error?.code !== 'ENOSPC') throw new Error(`the disk is not full: ${error?.code}`)
    },
    makeRoom: () => rm(filler),
    unmount: async () => void (await run('umount', ['-l', folder])),
  }
}
