import { expect, test } from 'vitest'
import { startApi } from '../support/api/api.js'
import { fakeDeliveries, fakeLateness } from '../support/api/fake-use-cases.js'

test('the entities of one answer share one read of deliveries and one read of lateness', async () => {
  const reads: string[] = []
  const [deliveries, lateness] = [fakeDeliveries(), fakeLateness()]
  await using api = await startApi({
    deliveries: {
      ...deliveries,
      newest: (actor, entities) => {
        reads.push(`newest of ${entities.length}`)
        return deliveries.newest(actor, entities)
      },
    },
    lateness: {
      ...lateness,
      ofEntities: (actor, view) => {
        reads.push(`lateness of ${view.entities.length}`)
        return lateness.ofEntities(actor, view)
      },
    },
  })
  await api.graphql('mutation { registerDataExport(input: {exportOption: EXPORT_ALL}) { changed } }')
  const state = 'lastDelivery { id } coveredUntil overdue nextDeliveryAt'
  const answer = await api.graphql(`{ dataExport { entities { internal: entity { internalName } ${state} } } }`)
  expect(answer.json().data.dataExport.entities).toHaveLength(26)
  expect(reads.toSorted()).toEqual(['lateness of 26', 'newest of 26'])
})
