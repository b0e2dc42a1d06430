/** The CPU time that this process spends on something, in ms: other processes on the machine do not count. */
export function cpuMs(work: () => unknown): number {
  const start = process.cpuUsage()
  work()
  return since(start)
}

/** The same of what takes several turns of the event loop. */
export async function cpuMsOf(work: () => Promise<unknown>): Promise<number> {
  const start = process.cpuUsage()
  await work()
  return since(start)
}

function since(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}
