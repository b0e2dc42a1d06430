import { startTokenAuthority, type TokenAuthority } from '../../test/support/api/token-authority.js'
import type { BenchOptions, Section } from '../section.js'
import { startProgram } from '../../test/support/programs/speaking-program.js'
import { startServers } from '../support/servers.js'
import { apiEnvironment } from './environment.js'
import { type Load, type Measured, measure } from './load.js'
import { type BareSchedules, bareSchedules, registerAll } from './tenants.js'

const tenants = 1000
const clients = 50

const readFields = `tenantId version exportOption frequency updatedAt entities { entity { name } active activatedAt }`
const queries = {
  register: `mutation ($input: RegisterDataExportInput!) {
    registerDataExport(input: $input) { dataExport { version schedule { state } } userErrors { message } } }`,
  read: `{ dataExport { ${readFields} } }`,
  bare: `query ($tenantId: String!) { dataExport(tenantId: $tenantId) { ${readFields} } }`,
}

/** What a tenant's own systems meet: registering and reading, beside the least that Apollo Server and Prisma can do. */
export async function benchApi({ full, progress }: BenchOptions): Promise<Section> {
  await using servers = await startServers(progress)
  await using authority = await startTokenAuthority()
  const environment = {
    ...apiEnvironment(servers, authority),
    DATABASE_OWNER_URL: servers.ownerUrl,
    // Fifty clients at once call for any of the tenants.
    RATE_LIMIT_TENANT_PER_MINUTE: '0',
    RATE_LIMIT_WRITES_PER_MINUTE: '0',
  }
  await using tidemark = startProgram('bench/api/tidemark-program.ts', environment)
  await using bare = startProgram('bench/api/bare-program.ts', environment)
  const { url: ownUrl } = await tidemark.said<{ url: string }>('url')
  const { url: bareUrl } = await bare.said<{ url: string }>('url')
  const bearers = await bearersOf(authority)
  progress(`API: ${tenants} tenants`)
  await registerAll(
    servers.databaseUrl,
    bearers.map(({ tenantId }) => tenantId),
  )
  const loads = loadsOf(ownUrl, bareUrl, bearers)
  const reads = await readInTurn(loads, full ? 6 : 3, progress)
  progress('API: Temporal alone')
  const schedules = await bareSchedules(servers.temporalAddress)
  const seconds = full ? 30 : 8
  progress('API: registering')
  const made = await measure({ ...loads.register, seconds })
  progress('API: registering again')
  const changed = await measure({ ...loads.register, seconds })
  return section({ ...reads, schedules, made, changed })
}

/** Measures the servers alternately, so that other load of the machine affects both. */
async function readInTurn(
  loads: Record<'read' | 'bare', Load>,
  rounds: number,
  progress: BenchOptions['progress'],
): Promise<Record<'read' | 'bare', Measured>> {
  const found: Record<'read' | 'bare', Measured[]> = { read: [], bare: [] }
  for (let round = 0; round <= rounds; round++) {
    progress(round === 0 ? 'API: reading, to warm up' : `API: reading, ${round} of ${rounds}`)
    for (const which of ['read', 'bare'] as const) {
      const measured = await measure(loads[which])
      if (round > 0) found[which].push(measured)
    }
  }
  return { read: middle(found.read), bare: middle(found.bare) }
}

/** The median measurement by calls per second. */
function middle(rounds: readonly Measured[]): Measured {
  const sorted = rounds.toSorted((a, b) => a.perSecond - b.perSecond)
  const found = sorted[Math.floor((sorted.length - 1) / 2)]
  if (!found) throw new Error('nothing was measured')
  return found
}

interface Bearer {
  readonly tenantId: string
  readonly authorization: string
}

async function bearersOf(authority: TokenAuthority): Promise<Bearer[]> {
  return Promise.all(
    Array.from({ length: tenants }, async (_, n) => {
      const tenantId = `tenant-${n}`
      const token = await authority.sign({ claims: { tenant_id: tenantId }, expiresIn: '2h' })
      return { tenantId, authorization: `Bearer ${token}` }
    }),
  )
}

function loadsOf(
  ownUrl: string,
  bareUrl: string,
  bearers: readonly Bearer[],
): Record<'register' | 'read' | 'bare', Load> {
  const bearer = (n: number): Bearer => bearers[n % tenants] ?? { tenantId: '', authorization: '' }
  // A tenant's next call sets another frequency, because a call without a change would not change the schedule.
  const input = (n: number) => ({
    exportOption: 'EXPORT_ALL',
    frequency: n % (2 * tenants) < tenants ? 'WEEKLY' : 'DAILY',
  })
  const own = (body: (n: number) => object) => (n: number) => ({
    body: JSON.stringify(body(n)),
    headers: { authorization: bearer(n).authorization },
  })
  const bareCall = (n: number) => {
    const variables = { tenantId: bearer(n).tenantId }
    return { body: JSON.stringify({ query: queries.bare, variables }), headers: {} }
  }
  const common = { clients, seconds: 3, expect: '"activatedAt"' }
  return {
    register: {
      ...common,
      url: ownUrl,
      call: own((n) => ({ query: queries.register, variables: { input: input(n) } })),
      expect: '"userErrors":[]',
      note: '"state":"PENDING"',
    },
    read: { ...common, url: ownUrl, call: own(() => ({ query: queries.read })) },
    bare: { ...common, url: bareUrl, call: bareCall },
  }
}

interface Findings extends Record<'read' | 'bare' | 'made' | 'changed', Measured> {
  readonly schedules: BareSchedules
}

function section({ read, bare, made, changed, schedules }: Findings): Section {
  const row = (what: string, { perSecond, p50, p99 }: Measured, of: number, pending = '') => [
    what,
    perSecond.toFixed(perSecond < 100 ? 1 : 0),
    p50.toFixed(0),
    p99.toFixed(0),
    (perSecond / of).toFixed(2),
    pending,
  ]
  const percent = (part: number): string => `${(100 * part).toFixed(0)}%`
  return {
    title: 'The API',
    about:
      `There are ${tenants} registered tenants, each with its own token and all 26 entities. ${clients} clients call over ` +
      'HTTP on kept connections, one call at a time each. Tidemark, the bare server, Postgres, Temporal and the clients ' +
      'are separate processes on one machine. The bare server is Apollo Server on Fastify. It has one resolver, which ' +
      'makes one Prisma query on the same database and answers with the same fields, without tokens, limits or logs. ' +
      'A registration is a transaction in Postgres and a change of a schedule in Temporal. The table also shows the ' +
      'rate that the Temporal server reaches alone, with the same number of calls at a time. If Temporal does not keep ' +
      'up, the API answers after a few seconds with `PENDING`, and the schedule follows later.',
    tables: [
      {
        title: 'Reading',
        head: ['call', 'calls/s', 'p50 ms', 'p99 ms', 'of the bare server', ''],
        rows: [row('bare server', bare, bare.perSecond), row('dataExport', read, bare.perSecond)],
      },
      {
        title: 'Registering',
        head: ['call', 'calls/s', 'p50 ms', 'p99 ms', 'of Temporal alone', 'PENDING'],
        rows: [
          ['Temporal alone, schedule made', schedules.made.toFixed(1), '', '', '1.00', ''],
          row('registerDataExport, schedule made', made, schedules.made, percent(made.noted)),
          ['Temporal alone, schedule changed', schedules.changed.toFixed(1), '', '', '1.00', ''],
          row('registerDataExport, schedule changed', changed, schedules.changed, percent(changed.noted)),
        ],
      },
    ],
    targets: [
      { name: 'dataExport against the bare server, calls/s', ratio: read.perSecond / bare.perSecond, atLeast: 0.5 },
      {
        name: 'registerDataExport against Temporal alone, schedules made/s',
        ratio: made.perSecond / schedules.made,
        atLeast: 0.7,
      },
    ],
  }
}
