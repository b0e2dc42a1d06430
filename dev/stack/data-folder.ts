import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { lockHolder, tryLock } from '../machine/pid-lock.js'
import { portTaken, rememberedPort, type PortWish } from '../machine/ports.js'
import { makePrivateFolder } from '../machine/private-files.js'

/** The folder in which a local stack keeps everything. This process has it locked until it closes the folder. */
export interface DataFolder extends AsyncDisposable {
  readonly path: string
  /** A free port for a component, the same as last time where possible. */
  port(name: string, wish?: PortWish): Promise<number>
  /**
   * Starts a server on such a port. Tries another port if a different process takes it first.
   * Rejects if a wanted port is taken.
   */
  listen<T>(name: string, wish: PortWish, start: (port: number) => Promise<T>): Promise<T>
  /** Releases the lock. */
  close(): Promise<void>
}

export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError'
  constructor(
    readonly path: string,
    readonly pid: number,
  ) {
    super(`Another stack (process ${pid}) uses ${path}. Stop it, or set TIDEMARK_HOME to another folder.`)
  }
}

const lockFile = 'stack.lock'

/** Whether a running stack uses the folder. */
export async function isInUse(folder: string): Promise<boolean> {
  return (await lockHolder(join(folder, lockFile))) !== undefined
}

/** Makes the folder if it is missing and locks it. Throws a {@link FolderInUseError} if a running stack uses it. */
export async function openDataFolder(folder: string): Promise<DataFolder> {
  await makePrivateFolder(folder)
  const path = await realpath(folder)
  const lock = await tryLock(join(path, lockFile))
  if (lock.kind === 'held') throw new FolderInUseError(path, lock.pid)
  const port = (name: string, wish: PortWish = {}): Promise<number> => rememberedPort(join(path, `${name}.port`), wish)
  return {
    path,
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
