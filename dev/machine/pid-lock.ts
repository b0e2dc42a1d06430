import { createHash, randomUUID } from 'node:crypto'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspectProcess } from './process-info.js'

/*
 * proper-lockfile is not used: it frees the lock of a killed process only after a time without a heartbeat, and it can't
 * say which process has the lock. Here the next start takes such a lock over immediately.
 */

/** This process has the lock until it releases the lock or ends. */
export interface PidLock {
  readonly kind: 'taken'
  release(): Promise<void>
}

export interface HeldLock {
  readonly kind: 'held'
  /** The running process that has the lock. */
  readonly pid: number
}

/**
 * Tries once to take the lock for this process. The file names its holder by process id and start time. So the lock of
 * a dead process is taken over immediately, even if another process has the same id by now.
 */
export async function tryLock(file: string): Promise<PidLock | HeldLock> {
  const startStamp = (await inspectProcess(process.pid))?.startStamp
  const own = JSON.stringify({ pid: process.pid, startStamp, lock: randomUUID() })
  for (;;) {
    if (await createWhole(file, own)) return { kind: 'taken', release: () => removeIfStill(file, own) }
    const found = await readFile(file, 'utf8').catch(() => undefined)
    if (found === undefined) continue
    const holder = await runningHolder(found)
    if (holder !== undefined) return { kind: 'held', pid: holder }
    await removeDead(file, found)
  }
}

/** The id of the running process that has the lock, undefined if none has it. */
export async function lockHolder(file: string): Promise<number | undefined> {
  const found = await readFile(file, 'utf8').catch(() => undefined)
  return found === undefined ? undefined : runningHolder(found)
}

/** Creates the file with all its content in one step. Returns false if it exists. */
async function createWhole(file: string, content: string): Promise<boolean> {
  const draft = `${file}.${randomUUID()}`
  await writeFile(draft, content, { mode: 0o600 })
  try {
    await link(draft, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

async function runningHolder(content: string): Promise<number | undefined> {
  try {
    const { pid, startStamp } = JSON.parse(content) as { pid: number; startStamp: string }
    return (await inspectProcess(pid))?.startStamp === startStamp ? pid : undefined
  } catch {
    return undefined
  }
}

/**
 * Several processes can find the same dead lock, but a slow one must not remove the new lock of a faster one. So the
 * right to remove it is itself a lock, named after the content of the dead one.
 */
async function removeDead(file: string, content: string): Promise<void> {
  const right = await tryLock(`${file}.${createHash('sha256').update(content).digest('hex').slice(0, 12)}`)
  if (right.kind === 'held') {
    await sleep(10)
    return
  }
  await removeIfStill(file, content)
  await right.release()
}

async function removeIfStill(file: string, content: string): Promise<void> {
  if ((await readFile(file, 'utf8').catch(() => undefined)) === content) await rm(file, { force: true })
}
