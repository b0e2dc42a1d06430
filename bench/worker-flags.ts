import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What Node is started with for a worker: as docker-compose.yml has it. */
export async function workerFlags(): Promise<string[]> {
  const compose = await readFile(join(import.meta.dirname, '../docker-compose.yml'), 'utf8')
  const [, flags] = /\['node', (.*)'dist\/src\/bin\/worker\.js'\]/.exec(compose) ?? []
  if (flags === undefined) throw new Error('docker-compose.yml has no worker')
  return [...flags.matchAll(/'(--[^']+)'/g)].flatMap(([, flag]) => flag ?? [])
}

/** What the image of a state of the repository sets for the memory of each process. */
export async function memoryEnvironment(root = join(import.meta.dirname, '..')): Promise<Record<string, string>> {
  const dockerfile = await readFile(join(root, 'Dockerfile'), 'utf8')
  const [, arenas] = /\bMALLOC_ARENA_MAX=(\d+)/.exec(dockerfile) ?? []
  return arenas === undefined ? {} : { MALLOC_ARENA_MAX: arenas }
}
