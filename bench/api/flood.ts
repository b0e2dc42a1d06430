import { startProgram } from '../../test/support/programs/speaking-program.js'
import { startTokenAuthority } from '../../test/support/api/token-authority.js'
import type { BenchOptions, Section } from '../section.js'
import { startServers } from '../support/servers.js'
import { apiEnvironment } from './environment.js'
import { type Load, type Measured, measure } from './load.js'
import { registerAll } from './tenants.js'

const floodClients = 400
const read = JSON.stringify({ query: '{ dataExport { version } }' })
const registering = ['user', 'site'].map((list) =>
  JSON.stringify({
    query: `mutation { registerDataExport(input: { entityList: "${list}" }) { dataExport { version } } }`,
  }),
)

/** The effect of one tenant's flood of calls on another tenant's calls. */
export async function benchFlood({ full, progress }: BenchOptions): Promise<Section> {
  await using servers = await startServers(progress)
  await using authority = await startTokenAuthority()
  // Without the tenant's rate limit, which would end the flood after seconds. The limit of concurrent requests remains.
  const environment = {
    ...apiEnvironment(servers, authority),
    RATE_LIMIT_TENANT_PER_MINUTE: '0',
    RATE_LIMIT_WRITES_PER_MINUTE: '0',
  }
  await using tidemark = startProgram('bench/api/tidemark-program.ts', environment)
  const { url } = await tidemark.said<{ url: string }>('url')
  await registerAll(servers.databaseUrl, ['quiet', 'loud'])
  const tokenOf = (tenant: string) => authority.sign({ claims: { tenant_id: tenant }, expiresIn: '2h' })
  const seconds = full ? 30 : 10
  const authorization = `Bearer ${await tokenOf('quiet')}`
  const load: Load = {
    url,
    clients: 1,
    seconds,
    call: () => ({ body: read, headers: { authorization } }),
    expect: '"version"',
  }
  progress('flood: to warm up')
  await measure(load)
  progress('flood: quiet')
  const quiet = await measure(load)
  const floods: Flood[] = []
  for (const [what, bodies] of [
    ['registering', registering],
    ['reading', [read]],
  ] as const) {
    progress(`flood: ${what}`)
    const variables = {
      FLOOD_URL: `${url}/graphql`,
      FLOOD_TOKEN: await tokenOf('loud'),
      FLOOD_CLIENTS: String(floodClients),
      FLOOD_BODIES: JSON.stringify(bodies),
    }
    await using flood = startProgram('bench/api/flood-program.ts', variables)
    await flood.said('begun')
    const measured = await measure(load)
    const stopping = flood.stop()
    const { statuses } = await flood.said<{ statuses: Record<number, number> }>('statuses')
    await stopping
    floods.push({ what, measured, statuses })
  }
  return section(quiet, floods)
}

interface Flood {
  readonly what: string
  readonly measured: Measured
  /** How many of the flood's calls were answered how. */
  readonly statuses: Readonly<Record<number, number>>
}

function section(quiet: Measured, floods: readonly Flood[]): Section {
  const row = (what: string, { p50, p99 }: Measured, answers = '') => [
    what,
    p50.toFixed(1),
    p99.toFixed(1),
    (p99 / quiet.p99).toFixed(1),
    answers,
  ]
  return {
    title: 'A flood of one tenant',
    about:
      `One client reads \`dataExport { version }\` of one tenant, one call at a time. Meanwhile ${floodClients} clients of ` +
      'another tenant, in a separate process, call again as soon as they are answered. The rates of tenants and ' +
      'addresses are not limited. Three limits hold the flood: one of its requests is worked on at a time while more ' +
      'than ten wait, at most a hundred wait, and it uses at most half of the database connections. All processes ' +
      'share the cores of the machine.',
    tables: [
      {
        head: ['meanwhile', 'p50 ms', 'p99 ms', 'p99 of quiet', 'answers to the flood'],
        rows: [
          row('nothing', quiet),
          ...floods.map(({ what, measured, statuses }) =>
            row(
              `${floodClients} clients, ${what}`,
              measured,
              Object.entries(statuses)
                .map(([status, count]) => `${count} × ${status}`)
                .join(', '),
            ),
          ),
        ],
      },
    ],
    targets: floods.map(({ what, measured }) => ({
      name: `another tenant’s p99 against quiet (${what})`,
      ratio: measured.p99 / quiet.p99,
      atMost: 3,
    })),
  }
}
