import { expect, test } from 'vitest'
import { loadCatalog } from '../../src/catalog/load.js'
import { startApi } from '../support/api/api.js'
import { fakeDeliveries, fakeRuns } from '../support/api/fake-use-cases.js'
import { sampleRun } from '../support/api/samples.js'

/** A fake ledger that counts how often the deliveries of runs are read. */
function countedDeliveries() {
  const deliveries = fakeDeliveries()
  const reads: number[] = []
  const ofRuns: typeof deliveries.ofRuns = (actor, runs) => {
    reads.push(runs.length)
    return deliveries.ofRuns(actor, runs)
  }
  return { deliveries: { ...deliveries, ofRuns }, reads }
}

async function askForRuns(fields: string) {
  const { deliveries, reads } = countedDeliveries()
  const runs = fakeRuns(
    await loadCatalog(undefined),
    ['a', 'b', 'c'].map((id) => sampleRun({ id })),
  )
  await using api = await startApi({ runs, deliveries })
  const query = `{ exportRuns(first: 3) { edges { node { id entities { internalName ${fields} } } } } }`
  const answer = await api.graphql(query, { token: await api.authority.sign() })
  return { runs: answer.json().data.exportRuns.edges, reads }
}

test('each entity of a run has the file that the run published for it, and null without one', async () => {
  const { runs } = await askForRuns('delivery { runId path rows }')
  expect(runs[1].node).toEqual({
    id: 'b',
    entities: [
      {
        internalName: 'user',
        delivery: { runId: 'b', path: '/exports/acme/2026/11/23/user/user.0001.csv.gz', rows: 5_000_000_000 },
      },
      { internalName: 'gone_entity', delivery: null },
    ],
  })
})

test('the deliveries of a page of runs are read at once, and only if they are requested', async () => {
  expect((await askForRuns('delivery { path }')).reads).toEqual([3])
  expect((await askForRuns('status')).reads).toEqual([])
})
