import type pg from 'pg'
import { csvFiles } from '../../../../src/csv/csv-files.js'
import { createEvents } from '../../../../src/telemetry/create-events.js'
import { createLogger } from '../../../../src/telemetry/logger.js'
import { createFileEncryptors } from '../../../../src/pgp/file-encryptor.js'
import { createSigningKeys } from '../../../../src/pgp/signing-key.js'
import { aCatalog, anEntity } from '../../../support/world/builders.js'
import type { Stores } from '../../../support/world/stores.js'
import { checkTenant } from './check-tenant.js'
import { allFaults, faultName } from './faults.js'
import { newStoryKey } from './key.js'
import { TenantStory } from './tenant-story.js'

/** Tenants whose lives go on at the same time, as those of several workers do. */
const lanes = 8
const lastLines = 40
const progressMs = 10_000

const columns = [
  { name: 'code', type: 'string' as const, description: 'The key.', nullable: false },
  { name: 'version', type: 'integer' as const, description: 'Which version of the row it is.', nullable: false },
  {
    name: 'note',
    type: 'string' as const,
    description: 'A column that registrations leave out now and then.',
    nullable: true,
  },
]
const catalog = aCatalog(anEntity('user', { columns }), anEntity('feed', { columns }))

export interface YearOptions {
  readonly stores: Stores
  /** For the checks. */
  readonly pool: pg.Pool
  readonly seed: number
  readonly tenants: number
  /** Of each tenant; a daily one makes so many in as many days. */
  readonly runs: number
}

export interface Year {
  readonly stories: readonly TenantStory[]
  /** How often each fault has befallen a run. */
  readonly faults: ReadonlyMap<string, number>
}

/** Lets all tenants live, each checked now and then, and at its end. @throws where an invariant is broken */
export async function liveThroughYear({ stores, pool, seed, tenants, runs }: YearOptions): Promise<Year> {
  const faults = new Map<string, number>()
  const happened = (name: string): void => void faults.set(name, (faults.get(name) ?? 0) + 1)
  const events = createEvents(createLogger({ level: 'silent' }))
  const storyKey = await newStoryKey()
  const openEncryptor = createFileEncryptors({
    pgpKeys: { list: async () => [storyKey.key] },
    signingKeys: createSigningKeys(undefined),
  })
  const options = { seed, stores, catalog, events, csvFiles, openEncryptor }
  const stories = Array.from({ length: tenants }, (_, lane) => {
    const tenantId = `tenant-${String(lane).padStart(3, '0')}`
    return new TenantStory({ ...options, tenantId, lane, happened: (fault) => happened(faultName(fault)) })
  })
  const stop = showProgress(stories, runs)
  try {
    await inLanes(stories, (story) => live(story, runs, (to) => checkTenant({ pool, stores, storyKey }, story, to)))
  } finally {
    stop()
  }
  const times = [...faults.values()].reduce((sum, each) => sum + each, 0)
  console.log(`${times} faults of ${faults.size} kinds (of ${allFaults.length})`)
  return { stories, faults }
}

async function inLanes(stories: readonly TenantStory[], whole: (story: TenantStory) => Promise<void>): Promise<void> {
  const waiting = [...stories]
  const lane = async (): Promise<void> => {
    try {
      for (let story = waiting.shift(); story; story = waiting.shift()) await whole(story)
    } catch (error) {
      waiting.length = 0
      throw error
    }
  }
  const ended = await Promise.allSettled(Array.from({ length: lanes }, lane))
  for (const outcome of ended) if (outcome.status === 'rejected') throw outcome.reason
}

async function live(story: TenantStory, runs: number, check: (to: Date) => Promise<void>): Promise<void> {
  try {
    await story.liveFor(runs, check)
  } catch (error) {
    const message = `${story.tenantId}: ${(error as Error).message}\n${story.lines.slice(-lastLines).join('\n')}`
    throw new Error(message, { cause: error })
  }
}

function showProgress(stories: readonly TenantStory[], runs: number): () => void {
  const began = Date.now()
  const show = (): void => {
    const done = stories.reduce((sum, story) => sum + story.runs, 0)
    console.log(`${done} of ${runs * stories.length} runs after ${Math.round((Date.now() - began) / 1000)} s`)
  }
  const timer = setInterval(show, progressMs)
  return () => {
    clearInterval(timer)
    show()
  }
}
