import type { LedgerGapStore } from '../domain/ledger-gap.js'
import type { Incidents } from './incidents.js'
import type { WatchStep } from './watch.js'

export interface LedgerWatchDependencies {
  readonly ledgerGaps: Pick<LedgerGapStore, 'allBrokenChains'>
  readonly incidents: Pick<Incidents, 'observe'>
}

/** Less than the time for which a gap that is settled at once stays visible: see the function broken_chains. */
const everySeconds = 10

/** Reports chains that a restore has broken, until their full loads are delivered. */
export function ledgerWatch({ ledgerGaps, incidents }: LedgerWatchDependencies): WatchStep {
  return {
    name: 'ledger-gaps',
    everySeconds,
    run: async () => {
      const broken = await ledgerGaps.allBrokenChains()
      const affected = broken.map(({ tenantId, entity, detail }) => ({
        tenantId,
        entity,
        since: null,
        message: detail,
      }))
      await incidents.observe('LEDGER_RESTORED', null, affected)
    },
  }
}
