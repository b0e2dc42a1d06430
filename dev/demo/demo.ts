import { setTimeout as delay } from 'node:timers/promises'
import { Client, Connection } from '@temporalio/client'
import type { Environment } from '../../src/config/env.js'
import { composeVerifier } from '../../src/compose/verifier.js'
import { scheduleId } from '../../src/contracts.js'
import { resetStack } from '../reset.js'
import { mutateSample } from '../sample-data/mutate.js'
import { exampleTenant, type Stack, startStack } from '../stack.js'
import type { Stop } from '../start.js'
import { apiClient, type RunReport } from './api-client.js'
import { deliveredFiles, fetchTenantFiles } from './tenant-files.js'
import { showComparison, showFiles, showRun, showVerification } from './show.js'
import { compareWithSource } from './warehouse.js'

/** The seed example of the README. */
const registration = {
  exportOption: 'EXPORT_SELECTED',
  entityList: ['user', 'content', 'user logins', 'interaction'],
  frequency: 'DAILY',
}
const changed = {
  entities: ['user', 'content', 'user_login_events', 'interaction'],
  inserts: 120,
  updates: 250,
  deletes: 40,
}
const dayMs = 24 * 60 * 60 * 1000
const runLimitMs = 5 * 60 * 1000

/**
 * `npm run demo`: the main job from registration to delivered files, on a stack of its own that starts empty each time.
 * Gives the exit code: 0 only if what arrived equals the source, row for row.
 */
export async function runDemo(environment: Environment, folder: string, { signal, stopped }: Stop): Promise<number> {
  const clock = stopwatch()
  clock.step('Starting Postgres, Temporal, SFTP, the token issuer, the API and a worker')
  const report = (line: string): void => console.log(`          ${line}`)
  await resetStack(folder, report)
  await using stack = await startStack({ folder, environment, sampleRows: 60_000, report, signal })
  const ended = stack.broken.then((how) => Promise.reject(new Error(`${how} The log has more: ${stack.logFile}`)))
  return await Promise.race([exportTwice(stack, clock), ended, stopped.then(() => 1)])
}

async function exportTwice(stack: Stack, clock: Stopwatch): Promise<number> {
  const api = apiClient(stack.connection.graphqlUrl, await stack.accessToken(exampleTenant))
  clock.step(`Registering ${registration.entityList.join(', ')} for ${exampleTenant}, daily`)
  const { dataExport, userErrors } = await api.register(registration)
  if (!dataExport) throw new Error(`the registration was refused: ${JSON.stringify(userErrors)}`)
  const { version, schedule } = dataExport
  clock.done(`registration ${version}, schedule ${schedule.state}, next run ${schedule.nextRunTimes[0] ?? 'none'}`)

  clock.step('First export, as the schedule of yesterday midnight would have run it: full load')
  await runScheduleOfYesterday(stack)
  showRun(await finished(async () => (await api.runs())[0]))

  clock.step('Changing the source: inserts, updates, deletes')
  const mutated = await mutateSample({
    ...changed,
    url: stack.connection.sourceDatabaseUrl,
    seed: 2,
    tenantId: exampleTenant,
  })
  const count = (kind: 'inserted' | 'updated' | 'deleted'): number =>
    mutated.reduce((sum, rows) => sum + rows[kind].length, 0)
  clock.done(`${count('inserted')} rows inserted, ${count('updated')} updated, ${count('deleted')} deleted`)

  clock.step('Next export, now: delta')
  const id = await api.startRun()
  const second = await finished(() => api.run(id))
  showRun(second)

  clock.step(`Fetching the files over SFTP, as ${exampleTenant}`)
  const tenant = stack.connection.tenants.find(({ tenantId }) => tenantId === exampleTenant)
  if (!tenant) throw new Error(`there is no account for ${exampleTenant}`)
  const files = await fetchTenantFiles(tenant)
  const delivered = deliveredFiles(files)
  showFiles(files, delivered)

  clock.step('Loading them by COPY and comparing with the source, row for row')
  const equal = showComparison(await compareWithSource(stack.connection.sourceDatabaseUrl, exampleTenant, delivered))

  clock.step('Verifying every delivered file against ledger, manifests and source, as npm run verify does')
  await using verifier = await composeVerifier(stack.config)
  const report = await verifier.verify({ withSource: true }, new AbortController().signal)
  const good = showVerification(report) && equal
  clock.end(good, stack.connection.temporalUiUrl)
  return good ? 0 : 1
}

/** A full load and a delta on one day would share a file, so the first run is that of the midnight before the last. */
async function runScheduleOfYesterday({ config }: Stack): Promise<void> {
  const connection = await Connection.connect({ address: config.temporal.address })
  try {
    const client = new Client({ connection, namespace: config.temporal.namespace })
    const midnight = Math.floor(Date.now() / dayMs - 1) * dayMs
    await client.schedule.getHandle(scheduleId(exampleTenant)).backfill({
      start: new Date(midnight - 1000),
      end: new Date(midnight + 1000),
      overlap: 'BUFFER_ALL',
    })
  } finally {
    await connection.close()
  }
}

/** Waits for a run's end. @throws where it does not end well, or not in time. */
async function finished(look: () => Promise<RunReport | undefined>): Promise<RunReport> {
  const giveUp = Date.now() + runLimitMs
  for (;;) {
    const run = await look()
    if (run?.status === 'SUCCEEDED') return run
    if (run?.finishedAt) throw new Error(`the run ended as ${run.status}: ${JSON.stringify(run.entities)}`)
    if (Date.now() > giveUp) throw new Error('the run did not end in time')
    await delay(200)
  }
}

interface Stopwatch {
  step(what: string): void
  done(result: string): void
  end(equal: boolean, temporalUiUrl: string | null): void
}

function stopwatch(): Stopwatch {
  const started = Date.now()
  const seconds = (): string => ((Date.now() - started) / 1000).toFixed(1).padStart(6)
  return {
    step: (what) => console.log(`\n${seconds()} s  ${what}`),
    done: (result) => console.log(`          ${result}`),
    end: (equal, temporalUiUrl) => {
      console.log(
        `\n${seconds()} s  ${equal ? 'Done: what arrived equals the source, row for row.' : 'FAILED: see above.'}`,
      )
      console.log(`\nNext: npm start, and then the page that it names first: GraphiQL with examples and a token in it.`)
      if (temporalUiUrl)
        console.log(`In the Temporal UI of npm start each run has its table of entities, modes and rows.`)
    },
  }
}
