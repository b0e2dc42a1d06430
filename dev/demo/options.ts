import { mutateSample } from '../sample-data/mutate.js'
import type { Stack } from '../stack/stack.js'
import { type ApiClient, apiClient } from './api-client.js'
import { newKeyPair } from './pgp.js'
import { finished, runScheduleAt } from './runs.js'
import { showOpened, showRun } from './show.js'
import type { Stopwatch } from './stopwatch.js'
import { type Delivered, deliveredFiles, fetchTenantFiles } from './tenant-files.js'

const tenantId = 'initech'
const registration = {
  entityList: ['user'],
  schedule: { timeZone: 'America/New_York', hour: 6, minute: 30 },
  excludeTags: ['pii'],
  fileFormat: { compression: 'GZIP', changeType: true },
  encryption: { pgp: { sign: false } },
}
const changed = { entities: ['user'], inserts: 3, updates: 4, deletes: 2 }
const personal = ['email', 'first_name', 'last_name']
const dayMs = 24 * 60 * 60 * 1000

/**
 * A full load and a delta with the options of a registration: hour and time zone, files without personal data, the column
 * `change_type`, and PGP. Returns whether the files are as requested.
 */
export async function showOptions(stack: Stack, clock: Stopwatch): Promise<boolean> {
  const api = apiClient(stack.connection.graphqlUrl, await stack.accessToken(tenantId))
  clock.step(`Options: making a PGP key for the tenant ${tenantId}, and registering with its public half`)
  const key = await newKeyPair(tenantId)
  await api.addPgpKey(key.publicKey)
  const next = await register(api, clock)

  clock.step('A full load: triggering the scheduled run of the day before')
  await runScheduleAt(stack, tenantId, new Date(next.getTime() - 2 * dayMs))
  showRun(await finished(async () => (await api.runs())[0]))
  await mutateSample({ ...changed, url: stack.connection.sourceDatabaseUrl, seed: 3, tenantId })
  clock.step(`A delta, after ${changed.inserts} inserts, ${changed.updates} updates and ${changed.deletes} deletions`)
  const id = await api.startRun()
  showRun(await finished(() => api.run(id)))

  clock.step('Downloading the encrypted files, and decrypting them with the private key')
  const delivered = await deliveredFiles(await download(stack), key.decrypt)
  showOpened(delivered)
  return isAsRequested(delivered)
}

async function register(api: ApiClient, clock: Stopwatch): Promise<Date> {
  const { dataExport, userErrors } = await api.register(registration)
  const [next] = dataExport?.schedule.nextRunTimes ?? []
  if (!next) throw new Error(`The registration failed: ${JSON.stringify(userErrors)}`)
  clock.done(`next run ${next}, which is 06:30 in New York`)
  return new Date(next)
}

async function download({ connection }: Stack) {
  const tenant = connection.tenants.find((one) => one.tenantId === tenantId)
  if (!tenant) throw new Error(`The stack has no account for ${tenantId}.`)
  return fetchTenantFiles(tenant)
}

/** The delta has each kind of change, and no file has personal data. */
function isAsRequested(delivered: readonly Delivered[]): boolean {
  const contents = delivered.map(({ file }) => file.content.toString())
  const headers = contents.map((content) => content.slice(0, content.indexOf('\n')).split(','))
  const hasPersonalData = headers.some((header) => personal.some((name) => header.includes(name)))
  const kinds = new Set(contents.at(-1)?.match(/,[IUD](?=\r?\n)/g))
  return delivered.length === 2 && !hasPersonalData && kinds.size === 3
}
