import { readFile, writeFile } from 'node:fs/promises'

/** CPU time in seconds by the name of the program: `node`, `postgres`, `temporal`, `sshd`. */
export type CpuSeconds = ReadonlyMap<string, number>

/** The kernel counts CPU time in hundredths of a second. */
const ticksPerSecond = 100

export interface ProcessStat {
  readonly name: string
  /** User and system time of the process, in seconds. */
  readonly ownSeconds: number
  /** The same of its children that have ended. */
  readonly endedSeconds: number
}

/** Reads the text of /proc/<pid>/stat. */
export function parseStat(stat: string): ProcessStat {
  // The name is in parentheses, and may have blanks and parentheses itself.
  const end = stat.lastIndexOf(')')
  const fields = stat.slice(end + 2).split(' ')
  const seconds = (field: number): number => Number(fields[field]) / ticksPerSecond
  return {
    name: stat.slice(stat.indexOf('(') + 1, end),
    ownSeconds: seconds(11) + seconds(12),
    endedSeconds: seconds(13) + seconds(14),
  }
}

/** CPU time of the programs that this process has started, and that have ended. */
export async function endedPrograms(): Promise<number> {
  return parseStat(await readFile('/proc/self/stat', 'utf8')).endedSeconds
}

export async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  return text.trim().split(' ').filter(Boolean).map(Number)
}

/** What some processes with all their descendants have used so far. */
export async function cpuOf(pids: readonly number[]): Promise<CpuSeconds> {
  const sums = new Map<string, number>()
  const add = async (pid: number): Promise<void> => {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
    if (stat === undefined) return
    const { name, ownSeconds, endedSeconds } = parseStat(stat)
    const group = name.startsWith('sshd') ? 'sshd' : name
    sums.set(group, (sums.get(group) ?? 0) + ownSeconds + endedSeconds)
    for (const child of await childrenOf(pid)) await add(child)
  }
  for (const pid of pids) await add(pid)
  return sums
}

export function cpuBetween(before: CpuSeconds, after: CpuSeconds): CpuSeconds {
  return new Map([...after].map(([name, seconds]) => [name, seconds - (before.get(name) ?? 0)]))
}

/** Forgets the peak of the resident memory so far. */
export async function resetPeak(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5')
}

/** In bytes, since the start or the last {@link resetPeak}. */
export async function peakOf(pid: number): Promise<number> {
  return parsePeak(await readFile(`/proc/${pid}/status`, 'utf8'))
}

/** Reads the text of /proc/<pid>/status. */
export function parsePeak(status: string): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? []
  if (kilobytes === undefined) throw new Error('The kernel does not say how much memory the process has used.')
  return Number(kilobytes) * 1024
}
