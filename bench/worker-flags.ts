import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What Node is started with for a worker: as docker-compose.yml has it. */
export async function workerFlags(): Promise<string[]> {
  const compose = await readFile(join(import.meta.dirname, '../docker-compose.yml'), 'utf8')
  const [, flags] = /\['node', (.*)'dist\/src\/bin\/worker\.js'\]/.exec(compose) ?? []
  if (flags === undefined) throw new Error('docker-compose.yml has no worker')
  return [...flags.matchAll(/'(--[^']+)'/g)].flatMap(([, flag]) => flag ?? [])
}
