import { expect, test } from 'vitest'
import * as publication from '../../src/publication/index.js'

test('the publication module has exactly nine verbs', () => {
  expect(Object.keys(publication).toSorted()).toEqual([
    'claim',
    'claimAll',
    'compareWithServer',
    'completeOrDiscardAll',
    'deliver',
    'deliverAll',
    'publishIndex',
    'publishManifests',
    'recordFailure',
  ])
})
