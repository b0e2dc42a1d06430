import { startTokenAuthority, type TokenAuthority } from '../../test/support/api/token-authority.js'
import type { BenchOptions, Section } from '../section.js'
import { startProgram } from '../../test/support/programs/speaking-program.js'
import { startServers } from '../support/servers.js'
import { apiEnvironment } from './environment.js'
import { type Load, type Measured, measure } from './load.js'
import {
  aboutRegistering,
  benchRegistering,
  type Registering,
  registeringTable,
  registeringTargets,
} from './registering.js'
import { registerAll } from './tenants.js'

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
  return section({ ...reads, ...(await benchRegistering(loads.register, servers, progress)) })
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
  // Each tenant calls once. Its next call in another measurement sets another frequency, because a call without a change would
  // not change the schedule.
  let registered = 0
  const input = () => ({
    exportOption: 'EXPORT_ALL',
    frequency: registered++ % (2 * tenants) < tenants ? 'WEEKLY' : 'DAILY',
  })
  const own = (body: (n: number) => object) => (n: number) => ({
    body: JSON.stringify(body(n)),
    headers: { authorization: bearer(n).authorization },
  })
  const bareCall = (n: number) => {
    const variables = { tenantId: bearer(n).tenantId }
    return { body: JSON.stringify({ query: queries.bare, variables }), headers: {} }
  }
  const reading = { clients, seconds: 3, expect: '"activatedAt"' }
  return {
    register: {
      clients,
      calls: tenants,
      url: ownUrl,
      call: own(() => ({ query: queries.register, variables: { input: input() } })),
      expect: '"userErrors":[]',
      note: '"state":"PENDING"',
    },
    read: { ...reading, url: ownUrl, call: own(() => ({ query: queries.read })) },
    bare: { ...reading, url: bareUrl, call: bareCall },
  }
}

function section({ read, bare, ...registering }: Record<'read' | 'bare', Measured> & Registering): Section {
  const row = (what: string, { perSecond, p50, p99 }: Measured) => [
    what,
    perSecond.toFixed(0),
    p50.toFixed(0),
    p99.toFixed(0),
    (perSecond / bare.perSecond).toFixed(2),
  ]
  return {
    title: 'The API',
    about:
      `There are ${tenants} registered tenants, each with its own token and all 26 entities. ${clients} clients call over ` +
      'HTTP on kept connections, one call at a time each. Tidemark, the bare server, Postgres, Temporal and the clients ' +
      'are separate processes on one machine. The bare server is Apollo Server on Fastify. It has one resolver, which ' +
      'makes one Prisma query on the same database and answers with the same fields, without tokens, limits or logs.\n\n' +
      aboutRegistering,
    tables: [
      {
        title: 'Reading',
        head: ['call', 'calls/s', 'p50 ms', 'p99 ms', 'of the bare server'],
        rows: [row('bare server', bare), row('dataExport', read)],
      },
      registeringTable(registering),
    ],
    targets: [
      { name: 'dataExport against the bare server, calls/s', ratio: read.perSecond / bare.perSecond, atLeast: 0.75 },
      ...registeringTargets(registering),
    ],
  }
}
