import { createHash, randomUUID } from 'node:crypto'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspectProcess } from './process-info.js'

/** The lock is ours until released, or until our process has ended. */
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
 * Takes a lock on behalf of this process, without waiting for it. The file names its holder by id and start time, so
 * that the lock of a process that died is taken over at once, also when its id has gone to another process since.
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

/** The running process that has the lock; undefined where nobody has it. */
export async function lockHolder(file: string): Promise<number | undefined> {
  const found = await readFile(file, 'utf8').catch(() => undefined)
  return found === undefined ? undefined : runningHolder(found)
}

/** Creates the file with all its content at once; false where it exists already. */
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
 * Of all who find the same dead lock only one may remove it, and only while it is still that one: a slow finder must
 * not remove the lock of whoever was faster. That right is a lock itself, named after the dead one.
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
