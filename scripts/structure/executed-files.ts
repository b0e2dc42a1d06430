import { Session } from 'node:inspector/promises'
import { relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The files of the product of which a function was called in this process while `work` ran. What runs in other threads,
 * such as the workflows, is not seen.
 */
export async function executedFiles(root: string, work: () => Promise<void>): Promise<string[]> {
  const session = new Session()
  session.connect()
  try {
    await session.post('Profiler.enable')
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
    await work()
    const { result } = await session.post('Profiler.takePreciseCoverage')
    const called = result.filter(({ functions }) => functions.some(({ ranges: [range] }) => (range?.count ?? 0) > 0))
    const files = called.map(({ url }) => productFile(root, url)).filter((file) => file !== undefined)
    return [...new Set(files)].toSorted()
  } finally {
    session.disconnect()
  }
}

function productFile(root: string, url: string): string | undefined {
  if (!url.startsWith('file:')) return undefined
  const path = relative(root, fileURLToPath(url.split('?')[0] ?? url)).replaceAll(sep, '/')
  return /^(?:src|activities|workflows)\//.test(path) && !path.startsWith('src/generated/') ? path : undefined
}
