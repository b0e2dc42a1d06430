import { chmod, mkdir, open, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { lockHolder, tryLock } from '../machine/pid-lock.js'
import { portTaken, rememberedPort, type PortWish } from '../machine/ports.js'

/** The one folder in which a local stack keeps everything, held for this process alone until closed. */
export interface DataFolder extends AsyncDisposable {
  readonly path: string
  /** Makes the folder of one part of the stack, readable by nobody else. */
  subfolder(name: string): Promise<string>
  /** A free port for a part of the stack, the same as last time where possible. */
  port(name: string, wish?: PortWish): Promise<number>
  /**
   * Starts a server on such a port, and on another one where somebody else was faster to take it.
   * Rejects where a wanted port is taken.
   */
  listen<T>(name: string, wish: PortWish, start: (port: number) => Promise<T>): Promise<T>
  /** Lets another process have the folder. */
  close(): Promise<void>
}

export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError'
  constructor(
    readonly path: string,
    readonly pid: number,
  ) {
    super(`Another stack, process ${pid}, uses ${path}. End it, or set TIDEMARK_HOME to another folder.`)
  }
}

const lockFile = 'stack.lock'

/** Whether a running stack has the folder. */
export async function isInUse(folder: string): Promise<boolean> {
  return (await lockHolder(join(folder, lockFile))) !== undefined
}

/** Makes the folder if need be and takes its lock. Throws a {@link FolderInUseError} where a running stack has it. */
export async function openDataFolder(folder: string): Promise<DataFolder> {
  await makePrivateFolder(folder)
  const path = await realpath(folder)
  const lock = await tryLock(join(path, lockFile))
  if (lock.kind === 'held') throw new FolderInUseError(path, lock.pid)
  const port = (name: string, wish: PortWish = {}): Promise<number> => rememberedPort(join(path, `${name}.port`), wish)
  return {
    path,
    subfolder: async (name) => {
      await makePrivateFolder(join(path, name))
      return join(path, name)
    },
    port,
    listen: (name, wish, start) => listen(() => port(name, wish), wish, start),
    close: () => lock.release(),
    [Symbol.asyncDispose]: () => lock.release(),
  }
}

const attempts = 5

async function listen<T>(port: () => Promise<number>, wish: PortWish, start: (port: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(await port())
    } catch (error) {
      const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
      if (taken && wish.wanted !== undefined) throw portTaken(wish.wanted)
      if (!taken || attempt === attempts) throw error
    }
  }
}

/** Makes a folder that nobody else can look into or walk through, root's other users included. */
export async function makePrivateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  if ((await stat(path)).uid === process.getuid?.()) await chmod(path, 0o700)
}

/** Makes a file, unless it is there, that nobody else can read or write. */
export async function makePrivateFile(path: string): Promise<void> {
  const file = await open(path, 'a', 0o600)
  try {
    await file.chmod(0o600)
  } finally {
    await file.close()
  }
}
