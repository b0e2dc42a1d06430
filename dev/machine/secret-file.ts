import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * The content of a file that holds a secret: made by `create` on the first call (mode 0600), kept ever after.
 * A process that dies on the way leaves either no file or a whole one.
 */
export async function readOrCreateSecretFile(file: string, create: () => Promise<string> | string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const content = await create()
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await writeFile(`${file}.new`, content, { mode: 0o600 })
  await rename(`${file}.new`, file)
  return content
}
