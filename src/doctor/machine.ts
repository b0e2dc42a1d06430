import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Check, failed, fine, warning } from './examine.js'

const leastFreeBytes = 500_000_000

/** Tidemark keeps no files on its own machine, but it writes its log there. */
export function diskCheck(logFile: string | undefined): Check {
  return {
    name: 'disk',
    remedy: 'Check the folder of LOG_FILE.',
    run: async () => {
      const folder = logFile === undefined ? process.cwd() : dirname(logFile)
      const { bavail, bsize } = await statfs(folder)
      const free = bavail * bsize
      const text = `${(free / 1e9).toFixed(1)} GB free in ${folder}`
      return free < leastFreeBytes
        ? warning(text, 'Free space on this disk, or move LOG_FILE to another disk.')
        : fine(text)
    },
  }
}

/** The oldest Node that package.json permits. */
const leastNode = [20, 19] as const

export function nodeCheck(version = process.versions.node): Check {
  return {
    name: 'node',
    remedy: 'Install Node 20.19 or later.',
    run: async () => {
      const [major = 0, minor = 0] = version.split('.').map(Number)
      const isOld = major < leastNode[0] || (major === leastNode[0] && minor < leastNode[1])
      return isOld ? failed(`Node ${version}`, 'Install Node 20.19 or later.') : fine(`Node ${version}`)
    },
  }
}
