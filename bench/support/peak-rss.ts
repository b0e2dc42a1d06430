import { readFileSync } from 'node:fs'

/**
 * The most memory that was resident in this process, in bytes. `process.resourceUsage().maxRSS` is not it on Linux: it counts
 * what the parent held when it started this process.
 */
export function peakRss(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  if (kilobytes === undefined) throw new Error('/proc/self/status has no VmHWM')
  return Number(kilobytes) * 1024
}
