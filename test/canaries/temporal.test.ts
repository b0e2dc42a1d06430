import { expect, test } from 'vitest'
import { openTemporal } from '../../src/schedules/temporal.js'

test('an error of Temporal shows by its gRPC status or its words that the server cannot be reached', async () => {
  await using temporal = openTemporal({ address: '127.0.0.1:1', namespace: 'none', tls: false, apiKey: undefined })
  await expect(
    temporal.call('ask', ({ connection }) => connection.workflowService.getSystemInfo({}), 300),
  ).rejects.toMatchObject({ code: 'TEMPORAL_UNAVAILABLE' })
})
