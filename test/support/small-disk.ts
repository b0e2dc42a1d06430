import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Mounts a file system of so many bytes. @throws where that is not permitted */
export async function mountSmallDisk(folder: string, bytes: number): Promise<{ unmount(): Promise<void> }> {
  await mkdir(folder, { recursive: true })
  await run('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder])
  return { unmount: async () => void (await run('umount', ['--lazy', folder])) }
}

/** Whether a small disk can be had here. Says plainly where the tests that need one do not run. */
export async function smallDiskAvailability(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-disk-'))
  try {
    await (await mountSmallDisk(folder, 65_536)).unmount()
    return true
  } catch (error) {
    console.warn(`DID NOT RUN: a full disk needs a file system of the test's own: ${String(error)}`)
    return false
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
