import { proxyActivities } from '@temporalio/workflow'
import type { Activities } from '../activities/index.js'
import type { DeliveryTestInput, DeliveryTestResult } from '../src/contracts.js'

// The caller waits for the result, so there is one attempt.
const { checkDelivery } = proxyActivities<Activities>({
  startToCloseTimeout: '45 seconds',
  heartbeatTimeout: '10 seconds',
  retry: { maximumAttempts: 1 },
})

/** Takes each step of a delivery once, on a worker, and says which of them fails. It publishes nothing. */
export function testDelivery({ tenantId }: DeliveryTestInput): Promise<DeliveryTestResult> {
  return checkDelivery.executeWithOptions({ summary: 'steps of a delivery' }, [{ tenantId }])
}
