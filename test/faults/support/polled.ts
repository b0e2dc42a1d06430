import { expect, onTestFinished } from 'vitest'
import { onlyWholeFilesSeen } from './invariants.js'
import { startPoller } from './poller.js'
import type { TestTenant } from '../../support/world/tenant.js'
import type { World } from '../../support/world/world.js'

/** Polls the final names until the test calls `check`, which ends it and looks at what was seen (I4, I5). */
export function poll(world: World, tenant: TestTenant): { check(): Promise<void> } {
  const poller = startPoller(world.sftp.folder)
  onTestFinished(async () => void (await poller.stop()))
  return {
    check: async () => {
      const seen = await poller.stop()
      expect(poller.rounds).toBeGreaterThan(10)
      expect(seen.size).toBeGreaterThan(0)
      expect(poller.violations).toEqual([])
      await onlyWholeFilesSeen(world, [tenant], seen)
    },
  }
}
