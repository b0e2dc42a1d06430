import { Client, Connection } from '@temporalio/client'
import type { Stack } from '../../dev/stack/stack.js'

/** The page of a tenant's first run, a full load of several entities, in the Temporal UI of the stack. */
export async function runPage({ config: { temporal }, connection: { temporalUiUrl } }: Stack): Promise<string> {
  const connection = await Connection.connect({ address: temporal.address })
  try {
    const client = new Client({ connection, namespace: temporal.namespace })
    const runs = []
    for await (const run of client.workflow.list({ query: "WorkflowType = 'exportRun'" })) runs.push(run)
    const [first] = runs.toSorted((one, other) => one.startTime.getTime() - other.startTime.getTime())
    if (!first || temporalUiUrl === null) throw new Error('there is no run to show')
    const { workflowId, runId } = first
    return `${temporalUiUrl}/namespaces/${temporal.namespace}/workflows/${encodeURIComponent(workflowId)}/${runId}`
  } finally {
    await connection.close()
  }
}
