import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import type { Client } from '@temporalio/client'

/** A workflow's whole history as text. Payloads are base64 within the JSON: here they are text. */
export async function plainHistory(temporal: Client, workflowId: string): Promise<string> {
  const json = historyToJSON(await temporal.workflow.getHandle(workflowId).fetchHistory())
  return json.replace(/"data":\s*"([A-Za-z0-9+/=]+)"/g, (_, data: string) => Buffer.from(data, 'base64').toString())
}
