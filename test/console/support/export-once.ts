import { eventually } from '../../support/eventually.js'
import type { ConsoleStack } from './console-stack.js'

const register = `mutation ($list: EntityList!) {
  registerDataExport(input: { entityList: $list }) { dataExport { version } userErrors { code } } }`
const start = 'mutation { runDataExport { run { id } userErrors { code message } } }'
const read = 'query ($id: ID!) { exportRun(id: $id) { status entities { delivery { id } } } }'

interface Ended {
  readonly exportRun: {
    readonly status: string
    readonly entities: readonly { readonly delivery: { id: string } | null }[]
  }
}

/** Registers entities for a tenant, and exports them. */
export async function exportOnce(
  stack: ConsoleStack,
  tenantId: string,
  list: string,
): Promise<{ readonly runId: string; readonly deliveryId: string }> {
  await stack.graphql(tenantId, register, { list })
  const { runDataExport } = await stack.graphql<{ runDataExport: { run: { id: string } } }>(tenantId, start)
  const runId = runDataExport.run.id
  const ended = await eventually('the run has succeeded', async () => {
    const { exportRun } = await stack.graphql<Ended>(tenantId, read, { id: runId })
    return exportRun.status === 'SUCCEEDED' && exportRun
  })
  const [delivery] = ended.entities.flatMap((entity) => entity.delivery ?? [])
  return { runId, deliveryId: delivery?.id ?? '' }
}
