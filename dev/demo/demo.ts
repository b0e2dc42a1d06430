import type { Environment } from '../../src/config/env.js'
import { composeVerifier } from '../../src/compose/verifier.js'
import { resetStack } from '../stack/reset.js'
import { mutateSample } from '../sample-data/mutate.js'
import type { TenantConnection } from '../stack/connection-file.js'
import { exampleTenant, type Stack, startStack } from '../stack/stack.js'
import type { Stop } from '../start.js'
import { type ApiClient, apiClient } from './api-client.js'
import { showOptions } from './options.js'
import { canLoad, compareLoaded } from './loader.js'
import { finished, runScheduleAt } from './runs.js'
import { type Stopwatch, stopwatch } from './stopwatch.js'
import { type Delivered, deliveredFiles, fetchTenantFiles } from './tenant-files.js'
import { showComparison, showEvents, showFiles, showRun, showVerification } from './show.js'
import { compareWithSource } from './warehouse.js'
import { type SignedEvent, startWebhookReceiver, type WebhookReceiver } from './webhook-receiver.js'

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

/**
 * `npm run demo`: registers exports and a webhook, runs a full load and a delta, and checks the events and the files. With
 * `all`, another tenant does so with the options of a registration. The demo has its own stack, which starts empty each time.
 * Returns the exit code, which is 0 only if the files equal the source, row for row.
 */
export async function runDemo(
  environment: Environment,
  folder: string,
  { all, signal, stopped }: Stop & { readonly all: boolean },
): Promise<number> {
  const clock = stopwatch()
  clock.step('Starting Postgres, Temporal, SFTP, the token issuer, the API and a worker')
  const report = (line: string): void => console.log(`          ${line}`)
  await resetStack(folder, report)
  await using stack = await startStack({ folder, environment, sampleRows: 60_000, report, signal })
  const ended = stack.broken.then((how) =>
    Promise.reject(new Error(`${how} For details, see the log: ${stack.logFile}`)),
  )
  const demo = exportTwice(stack, clock, { all, folder, environment })
  return await Promise.race([demo, ended, stopped.then(() => 1)])
}

interface DemoOptions {
  readonly all: boolean
  readonly folder: string
  readonly environment: Environment
}

async function exportTwice(stack: Stack, clock: Stopwatch, options: DemoOptions): Promise<number> {
  const api = apiClient(stack.connection.graphqlUrl, await stack.accessToken(exampleTenant))
  await using receiver = await startWebhookReceiver()
  await register(api, clock)
  await addWebhook(api, receiver, clock)

  clock.step('First export, a full load: triggering the scheduled run of yesterday at midnight')
  const midnight = new Date(Math.floor(Date.now() / dayMs - 1) * dayMs)
  await runScheduleAt(stack, exampleTenant, midnight)
  showRun(await finished(async () => (await api.runs())[0]))
  await changeSource(stack, clock)

  clock.step('Second export, a delta: starting a run now')
  const id = await api.startRun()
  showRun(await finished(() => api.run(id)))

  showEvents(await receive(receiver, clock))
  const delivered = await download(stack, clock)
  const isEqual = await compare(stack, clock, delivered)
  const isVerified = await verify(stack, clock)
  const isLoaded = await loadWithPython(stack, clock, options)
  const isGood = isEqual && isVerified && isLoaded && (!options.all || (await showOptions(stack, clock)))
  clock.end(isGood, stack.connection.temporalUiUrl)
  return isGood ? 0 : 1
}

async function register(api: ApiClient, clock: Stopwatch): Promise<void> {
  clock.step(`Registering daily exports for the tenant ${exampleTenant}: ${registration.entityList.join(', ')}`)
  const { dataExport, userErrors } = await api.register(registration)
  if (!dataExport) throw new Error(`The registration failed: ${JSON.stringify(userErrors)}`)
  const { version, schedule } = dataExport
  clock.done(
    `registration version ${version}, schedule ${schedule.state}, next run ${schedule.nextRunTimes[0] ?? 'none'}`,
  )
}

async function addWebhook(api: ApiClient, receiver: WebhookReceiver, clock: Stopwatch): Promise<void> {
  clock.step('Adding a webhook, which answers the challenge that proves whose it is')
  receiver.trust(await api.addWebhook(receiver.url))
  clock.done(`events are posted to ${receiver.url}, signed after Standard Webhooks`)
}

async function receive(receiver: WebhookReceiver, clock: Stopwatch): Promise<SignedEvent[]> {
  clock.step('Waiting for the signed event of each run at the webhook')
  return receiver.received(2)
}

async function changeSource({ connection }: Stack, clock: Stopwatch): Promise<void> {
  clock.step('Changing rows in the source')
  const mutated = await mutateSample({
    ...changed,
    url: connection.sourceDatabaseUrl,
    seed: 2,
    tenantId: exampleTenant,
  })
  const count = (kind: 'inserted' | 'updated' | 'deleted'): string =>
    mutated.reduce((sum, rows) => sum + rows[kind].length, 0).toLocaleString('en-US')
  clock.done(`${count('inserted')} rows inserted, ${count('updated')} updated, ${count('deleted')} deleted`)
}

function accountOf({ connection }: Stack): TenantConnection {
  const tenant = connection.tenants.find(({ tenantId }) => tenantId === exampleTenant)
  if (!tenant) throw new Error(`The stack has no account for ${exampleTenant}.`)
  return tenant
}

async function download(stack: Stack, clock: Stopwatch): Promise<Delivered[]> {
  clock.step(`Downloading the files over SFTP as ${exampleTenant}`)
  const files = await fetchTenantFiles(accountOf(stack))
  const delivered = await deliveredFiles(files)
  showFiles(files, delivered)
  return delivered
}

async function compare({ connection }: Stack, clock: Stopwatch, delivered: Delivered[]): Promise<boolean> {
  clock.step('Loading the files into Postgres with COPY, and comparing every row with the source')
  return showComparison(await compareWithSource(connection.sourceDatabaseUrl, exampleTenant, delivered))
}

/** True where there is no Python that can run the loader: the demo does not need it. */
async function loadWithPython(stack: Stack, clock: Stopwatch, { folder, environment }: DemoOptions): Promise<boolean> {
  clock.step(
    'Checking signatures and loading the files into SQLite with tidemark-load, and comparing every row with the source',
  )
  if (!(await canLoad(environment))) {
    clock.done('left out: it needs Python 3.10 or later with paramiko. Run `pip install paramiko` to see it.')
    return true
  }
  const { sourceDatabaseUrl: sourceUrl, graphqlUrl } = stack.connection
  const keysUrl = new URL('/.well-known/tidemark-keys.json', graphqlUrl).href
  const options = { folder, environment, sourceUrl, keysUrl }
  return showComparison(await compareLoaded(accountOf(stack), changed.entities, options))
}

async function verify({ config }: Stack, clock: Stopwatch): Promise<boolean> {
  clock.step('Verifying the files against the delivery records, the manifests and the source (npm run verify)')
  await using verifier = await composeVerifier(config)
  return showVerification(await verifier.verify({ withSource: true }, new AbortController().signal))
}
