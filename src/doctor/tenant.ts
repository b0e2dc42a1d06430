import type { StoredRegistration } from '../database/unit-of-work/tenant-registration.js'
import type { Lateness } from '../domain/lateness.js'
import type { WrongWatermark } from '../domain/ledger-gap.js'
import type { Intent, PendingManifest } from '../domain/publication.js'
import type { Run } from '../domain/run.js'
import type { ScheduleComparison } from '../schedules/schedule-gateway.js'
import { type Check, failed, fine, type Finding, warning } from './examine.js'

/** What the ledger and Temporal have of one tenant. */
export interface TenantReads {
  registration(): Promise<StoredRegistration | undefined>
  /** Undefined without a registration. */
  schedule(): Promise<ScheduleComparison | undefined>
  /** The runs that have not ended on record, and whether Temporal has their workflows. */
  unfinished(): Promise<readonly { readonly run: Run; readonly isAlive: boolean }[]>
  lastRun(): Promise<Run | undefined>
  intents(): Promise<readonly Intent[]>
  pendingManifests(): Promise<readonly PendingManifest[]>
  hasOldIndex(): Promise<boolean>
  wrongWatermarks(): Promise<readonly WrongWatermark[]>
  /** The entities whose next file is a full load because their chain is broken. */
  brokenChains(): Promise<ReadonlySet<string>>
  /** Undefined without a registration. */
  lateness(): Promise<Lateness | undefined>
}

const nextRunDoesIt = 'Nothing: the next run does it. To have it now, add --fix.'
const withoutReads = 'Check DATABASE_URL and TEMPORAL_ADDRESS: run `tidemark doctor`.'

/** What may keep a tenant from its files, and what Tidemark repairs automatically. */
export function tenantChecks(reads: TenantReads): Check[] {
  const check = (name: string, run: () => Promise<Finding>): Check => ({ name, run, remedy: withoutReads })
  return [
    check('registration', async () => ofRegistration(await reads.registration())),
    check('schedule', async () => ofSchedule(await reads.registration(), await reads.schedule())),
    check('runs', async () => ofRuns(await reads.unfinished(), await reads.lastRun())),
    check('publications', async () => ofIntents(await reads.intents())),
    check('manifests', async () => ofManifests(await reads.pendingManifests(), await reads.hasOldIndex())),
    check('watermarks', async () => ofWatermarks(await reads.wrongWatermarks(), await reads.brokenChains())),
    check('files due', async () => ofLateness(await reads.lateness())),
  ]
}

function ofRegistration(stored: StoredRegistration | undefined): Finding {
  if (!stored)
    return warning(
      'There is no registration. Files that were delivered stay until their retention ends.',
      'Nothing, unless the tenant expects files.',
    )
  const { pausedAt } = stored
  const { version, exportOption, frequency } = stored.registration
  const what = `Version ${version}: ${exportOption}, ${frequency}`
  if (pausedAt)
    return warning(
      `${what}. The tenant has paused it since ${pausedAt.toISOString()}.`,
      'Nothing, unless it was forgotten: `tidemark resume`.',
    )
  return fine(`${what}.`)
}

function ofSchedule(stored: StoredRegistration | undefined, found: ScheduleComparison | undefined): Finding {
  if (!stored || !found) return fine('There is none, as there is no registration.')
  if (stored.scheduleError !== null) {
    return failed(`It could not be changed: ${stored.scheduleError}`, 'Correct the cause. The API tries again.')
  }
  const repaired = 'Nothing: the API corrects it within minutes (RECONCILE_SECONDS). To have it now, add --fix.'
  if (found.reading === null) return warning('Temporal does not have it.', repaired)
  if (!found.matches) return warning('It differs from the registration.', repaired)
  const { pausedNote, missed } = found.reading
  if (pausedNote !== null) {
    return warning(
      `A person has paused it in Temporal: ${pausedNote || 'without a note'}.`,
      'Run `tidemark resume` if runs may start again.',
    )
  }
  return fine(
    missed > 0
      ? `It follows the registration. Temporal has missed ${missed} runs in all.`
      : 'It follows the registration.',
  )
}

function ofRuns(unfinished: Awaited<ReturnType<TenantReads['unfinished']>>, last: Run | undefined): Finding {
  const lost = unfinished.filter(({ isAlive }) => !isAlive).map(({ run }) => run.id)
  if (lost.length > 0) {
    const text = `On record as unfinished, and unknown to Temporal: ${lost.join(', ')}.`
    return warning(text, 'Nothing: the API ends them as RUN_LOST within minutes. To have it now, add --fix.')
  }
  const [alive] = unfinished
  if (alive) return fine(`Run ${alive.run.id} is ${alive.run.status}. ${waitOf(alive.run)}`.trim())
  if (!last) return fine('No run has begun yet.')
  const end = `The last run, ${last.id}, ended as ${last.status} at ${last.finishedAt?.toISOString() ?? '-'}.`
  const error = last.error ?? last.entities.find((entity) => entity.error !== null)?.error
  if (last.status === 'SUCCEEDED' || !error) return fine(end)
  return warning(
    `${end} ${error.code}: ${error.message}`,
    'docs/runbook has a page for the code. Then run `tidemark retry`.',
  )
}

function waitOf({ waitingFor }: Run): string {
  return waitingFor
    ? `It waits for ${waitingFor.code} since ${waitingFor.since.toISOString()}: ${waitingFor.message}`
    : ''
}

function ofIntents(intents: readonly Intent[]): Finding {
  if (intents.length === 0) return fine('No file is half published.')
  const files = intents.flatMap(({ files: each, runId }) => each.map(({ path }) => `${path} (run ${runId})`))
  return warning(
    `Written, and not yet on record: ${files.join(', ')}. They are completed, or written again.`,
    nextRunDoesIt,
  )
}

function ofManifests(pending: readonly PendingManifest[], hasOldIndex: boolean): Finding {
  const missing = [...pending.map(({ path }) => path), ...(hasOldIndex ? ['index.json'] : [])]
  if (missing.length === 0) return fine('Manifests and index are written.')
  return warning(`Not up to date: ${missing.join(', ')}.`, nextRunDoesIt)
}

function ofWatermarks(wrong: readonly WrongWatermark[], broken: ReadonlySet<string>): Finding {
  if (wrong.length > 0) {
    const each = wrong.map(({ entity, to }) => `${entity} (${to.toISOString()})`)
    return warning(`Not the end of a published file: ${each.join(', ')}. A full load follows.`, nextRunDoesIt)
  }
  if (broken.size > 0) {
    return warning(
      `The chain is broken, and a full load follows: ${[...broken].join(', ')}.`,
      'Nothing: the next run delivers it. To have it now, run `tidemark run`.',
    )
  }
  return fine('Each is the end of a published file.')
}

function ofLateness(lateness: Lateness | undefined): Finding {
  if (!lateness || lateness.dueAt === null) return fine('No files are expected.')
  const due = `The next files are due at ${lateness.dueAt.toISOString()}`
  return lateness.overdue
    ? failed(`${due}, and overdue.`, 'See the other lines. If they are right, run `tidemark run`.')
    : fine(`${due}.`)
}
