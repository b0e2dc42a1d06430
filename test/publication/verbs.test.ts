import { expect, test } from 'vitest'
import * as publication from '../../src/publication/index.js'

test('the publication module has exactly five verbs', () => {
  expect(Object.keys(publication).toSorted()).toEqual([
    'claim',
    'completeOrDiscardAll',
    'deliver',
    'publishManifests',
    'recordFailure',
  ])
})
