import { ExportError } from '../../../src/domain/errors.js'
import type { SftpSession, SftpTarget } from '../../../src/sftp/sftp.js'

/** One tenant's files in memory: a server that renames over what is there, and forgets nothing. */
export interface MemoryFiles {
  readonly sftp: SftpTarget
  /** By path. */
  readonly files: ReadonlyMap<string, Buffer>
}

export function createMemoryFiles(): MemoryFiles {
  const files = new Map<string, Buffer>()
  const folders = new Map<string, Set<string>>()
  const put = (path: string, content: Buffer): void => {
    files.set(path, content)
    const { folder, name } = parted(path)
    folders.set(folder, (folders.get(folder) ?? new Set()).add(name))
  }
  const take = (path: string): Buffer | undefined => {
    const content = files.get(path)
    files.delete(path)
    const { folder, name } = parted(path)
    folders.get(folder)?.delete(name)
    return content
  }
  const session: SftpSession = {
    // A folder is there as soon as a file is in it.
    makeFoldersFor: async () => undefined,
    upload: async (path, chunks) => {
      const written: Buffer[] = []
      for await (const chunk of chunks) written.push(chunk)
      const content = Buffer.concat(written)
      put(path, content)
      return { bytes: content.length }
    },
    replace: async (from, to) => {
      const content = take(from)
      if (!content) throw new ExportError('SFTP_PROTOCOL', `Renaming ${from}: no such file`)
      put(to, content)
    },
    remove: async (path) => take(path) !== undefined,
    size: async (path) => files.get(path)?.length,
    fetch: async function* (path) {
      const content = files.get(path)
      if (!content) throw new ExportError('SFTP_PROTOCOL', `Reading ${path}: no such file`)
      yield content
    },
    readWhole: async (path, most) => files.get(path)?.subarray(0, most),
    // Nothing is past its time in these stories.
    removeAllIn: async () => ({ files: 0, bytes: 0 }),
    removeIfEmpty: async () => false,
    list: async (folder) => [...(folders.get(folder) ?? [])].toSorted(),
  }
  return {
    files,
    sftp: {
      session: async (signal, use) => {
        if (signal.aborted) throw new ExportError('CANCELLED', 'The transfer was cancelled.')
        return use(session)
      },
      [Symbol.asyncDispose]: async () => undefined,
    },
  }
}

function parted(path: string): { folder: string; name: string } {
  const slash = path.lastIndexOf('/')
  return { folder: path.slice(0, slash), name: path.slice(slash + 1) }
}
