import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { ManifestResource } from '../../../dev/demo/tenant-files.js'

/** Whoever looks at the final names all the time, as impatient consumers do. */
export interface Poller {
  /** How often it has looked at everything. */
  readonly rounds: number
  /** Ends the polling. Gives the checksums of all contents that it has seen under each CSV file's final name. */
  stop(): Promise<Map<string, Set<string>>>
  /** What it has seen that must never be seen. */
  readonly violations: string[]
}

const everyMs = 25

/** @param folder the server's folder that holds `exports/` */
export function startPoller(folder: string): Poller {
  const seen = new Map<string, Set<string>>()
  const violations: string[] = []
  const stopping = new AbortController()
  let rounds = 0
  const hashes = new Map<string, { identity: string; hash: string }>()

  /** The checksum of a file; undefined where there is none. What has not changed is not read again. */
  async function hashOf(file: string): Promise<string | undefined> {
    const found = await stat(file).catch(() => undefined)
    if (!found) return undefined
    const identity = `${found.ino} ${found.mtimeMs} ${found.size}`
    const known = hashes.get(file)
    if (known?.identity === identity) return known.hash
    const content = await readFile(file).catch(() => undefined)
    if (!content) return undefined
    const hash = createHash('sha256').update(content).digest('hex')
    hashes.set(file, { identity, hash })
    const path = `/${relative(folder, file)}`
    seen.set(path, (seen.get(path) ?? new Set()).add(hash))
    return hash
  }

  /** A manifest that is the same before and after its files were read must tell the truth of them. */
  async function checkManifest(file: string): Promise<void> {
    const before = await readFile(file, 'utf8').catch(() => undefined)
    if (before === undefined) return
    const wrong: string[] = []
    try {
      const { resources } = JSON.parse(before) as { resources: ManifestResource[] }
      for (const { path, hash } of resources) {
        const found = await hashOf(join(dirname(file), path))
        if (`sha256:${found}` !== hash) wrong.push(`${file} names ${path} as ${hash}, but there is ${found}`)
      }
    } catch (error) {
      wrong.push(`${file} is no manifest: ${String(error)}`)
    }
    const after = await readFile(file, 'utf8').catch(() => undefined)
    if (after === before) violations.push(...wrong)
  }

  async function look(): Promise<void> {
    const entries = await readdir(join(folder, 'exports'), { recursive: true }).catch(() => [])
    const names = entries.filter((name) => !basename(name).startsWith('.'))
    for (const name of names) {
      const file = join(folder, 'exports', name)
      if (name.endsWith('.csv')) await hashOf(file)
      if (name.endsWith('/datapackage.json')) await checkManifest(file)
    }
    rounds += 1
  }

  const polling = (async () => {
    while (!stopping.signal.aborted) {
      await look()
      await delay(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  })()
  return {
    get rounds() {
      return rounds
    },
    violations,
    stop: async () => {
      stopping.abort()
      await polling
      await look()
      return seen
    },
  }
}
