import { setTimeout as delay } from 'node:timers/promises'
import { Client, Connection, ScheduleOverlapPolicy } from '@temporalio/client'
import { scheduleId } from '../../src/contracts.js'
import type { Stack } from '../../dev/stack/stack.js'

/** How many days of deliveries the pictures show. */
const days = 24
const dayMs = 86_400_000

/** What the tenants of the pictures export. */
const lists: Readonly<Record<string, string>> = {
  acme: 'user, user logins, site, content, comment, interaction, newsletter, survey response',
  globex: 'user, content, interaction',
  initech: 'user, site, file',
}

/** Registers tenants, and lets their schedules catch up the last days, so that pages have something to show. */
export async function makeHistory(stack: Stack): Promise<void> {
  const midnight = Math.floor(Date.now() / dayMs) * dayMs
  const connection = await Connection.connect({ address: stack.config.temporal.address })
  const client = new Client({ connection, namespace: stack.config.temporal.namespace })
  for (const [tenantId, entityList] of Object.entries(lists)) {
    await graphql(stack, tenantId, { entityList: entityList.split(', ').slice(0, 2).join(', ') })
    await graphql(stack, tenantId, { entityList })
    const range = { start: new Date(midnight - days * dayMs - 1000), end: new Date(midnight + 1000) }
    await client.schedule
      .getHandle(scheduleId(tenantId))
      .backfill({ ...range, overlap: ScheduleOverlapPolicy.BUFFER_ALL })
  }
  for (const tenantId of Object.keys(lists)) await untilFinished(stack, tenantId)
  await connection.close()
}

async function untilFinished(stack: Stack, tenantId: string): Promise<void> {
  for (;;) {
    const { exportRuns } = await graphql<{ exportRuns: { edges: { node: { status: string } }[] } }>(stack, tenantId)
    const ended = exportRuns.edges.filter(({ node }) => node.status === 'SUCCEEDED')
    if (ended.length > days) return
    await delay(500)
  }
}

/** Registers a list, or reads the runs. */
async function graphql<Data>(
  stack: Stack,
  tenantId: string,
  variables?: { readonly entityList: string },
): Promise<Data> {
  const query = variables
    ? 'mutation ($entityList: EntityList!) { registerDataExport(input: { entityList: $entityList }) { userErrors { message } } }'
    : '{ exportRuns(first: 100) { edges { node { status } } } }'
  const response = await fetch(stack.connection.graphqlUrl, {
    method: 'POST',
    headers: { authorization: `Bearer ${await stack.accessToken(tenantId)}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  })
  const { data, errors } = (await response.json()) as { data?: Data; errors?: unknown }
  if (!data) throw new Error(JSON.stringify(errors))
  return data
}
