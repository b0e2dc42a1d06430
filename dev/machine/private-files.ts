import { chmod, mkdir, open, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Makes a folder that only its owner can list or enter. */
export async function makePrivateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  if ((await stat(path)).uid === process.getuid?.()) await chmod(path, 0o700)
}

/** Makes a file that only its owner can read or write, unless it exists. */
export async function makePrivateFile(path: string): Promise<void> {
  const file = await open(path, 'a', 0o600)
  try {
    await file.chmod(0o600)
  } finally {
    await file.close()
  }
}

/** Replaces a file that only its owner can read. A reader sees the old content or the new one, never a mixture. */
export async function writePrivateFile(path: string, content: string): Promise<void> {
  await writeFile(`${path}.new`, content, { mode: 0o600, flush: true })
  await rename(`${path}.new`, path)
}

/** The content of a file that holds a secret. The first call makes it with `create`; later calls read it. */
export async function readOrCreateSecretFile(path: string, create: () => Promise<string> | string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const content = await create()
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writePrivateFile(path, content)
  return content
}
