import type { TokenAuthority } from '../../../support/api/token-authority.js'
import { eventually } from '../../../support/eventually.js'

/** The front end of one tenant, whose calls both releases understand. */
export interface TenantClient {
  /** The `data` of an answer. @throws if it has errors or user errors */
  ask(document: string): Promise<unknown>
  register(input: string): Promise<void>
  /** Starts a run, and returns its id. */
  startRun(): Promise<string>
  /** The run, once it has ended. */
  ended(id: string): Promise<RunAnswer>
  /** The run that ends its windows at that moment, once it has ended. */
  runUpTo(to: Date): Promise<RunAnswer>
}

export interface RunAnswer {
  readonly id: string
  readonly status: string
  readonly to: string
  readonly finishedAt: string | null
  readonly entities: readonly {
    readonly entity: { readonly name: string }
    readonly mode: string
    readonly fullLoadReason: string | null
    readonly status: string
  }[]
}

const runs = `{ exportRuns(first: 50) { edges { node {
  id status to finishedAt entities { entity { name } mode fullLoadReason status error { code } }
} } } }`

/** @param urlOf the address of the API process that answers now */
export function tenantClient(id: string, authority: TokenAuthority, urlOf: () => string): TenantClient {
  const ask: TenantClient['ask'] = async (query) => {
    const token = await authority.sign({ claims: { tenant_id: id } })
    const response = await fetch(`${urlOf()}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    })
    const text = await response.text()
    if (/"errors":|"userErrors":\[\{/.test(text)) throw new Error(`${query}: ${text}`)
    return (JSON.parse(text) as { data: unknown }).data
  }
  const end = (what: string, isMeant: (run: RunAnswer) => boolean): Promise<RunAnswer> =>
    eventually(`the end of ${what} of ${id}`, async () => {
      const { exportRuns } = (await ask(runs)) as { exportRuns: { edges: { node: RunAnswer }[] } }
      return exportRuns.edges.map(({ node }) => node).find((run) => isMeant(run) && run.finishedAt !== null)
    })
  return {
    ask,
    register: async (input) => {
      await ask(`mutation { registerDataExport(input: { ${input} }) { userErrors { code } } }`)
      await eventually(`the schedule of ${id}`, async () => {
        const { dataExport } = (await ask('{ dataExport { schedule { state } } }')) as {
          dataExport: { schedule: { state: string } }
        }
        return dataExport.schedule.state === 'ACTIVE'
      })
    },
    startRun: async () => {
      const { runDataExport } = (await ask('mutation { runDataExport { run { id } userErrors { code } } }')) as {
        runDataExport: { run: { id: string } }
      }
      return runDataExport.run.id
    },
    ended: (runId) => end(`run ${runId}`, (run) => run.id === runId),
    runUpTo: (to) => end(`the run up to ${to.toISOString()}`, (run) => run.to === to.toISOString()),
  }
}
