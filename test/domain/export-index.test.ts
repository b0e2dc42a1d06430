import { expect, test } from 'vitest'
import { indexContent, type ReservedIndex } from '../../src/domain/export-index.js'

const day = (iso: string): Date => new Date(`${iso}T00:00:00Z`)
const sha256 = 'ab'.repeat(32)

const reserved: ReservedIndex = {
  revision: 12,
  lastChange: 31,
  isInterrupted: false,
  signedBy: null,
  contracts: {},
  entities: [
    {
      ...{ entity: 'user', deliveryId: 'a', sequence: 7, revision: 1, day: day('2026-11-24'), schemaVersion: 2 },
      ...{ path: '/exports/acme/2026/11/24/user/user.csv', isRemoved: false },
    },
    {
      ...{ entity: 'site', deliveryId: 'b', sequence: 3, revision: 2, day: day('2025-11-23'), schemaVersion: 1 },
      ...{ path: '/exports/acme/2025/11/23/site/site.csv', isRemoved: true },
    },
  ],
  days: [
    {
      ...{ day: day('2025-11-23'), path: '/exports/acme/2025/11/23/datapackage.json', revision: 1, change: 31 },
      ...{ bytes: null, sha256: null, publishedAt: null, isRemoved: true },
    },
    {
      ...{ day: day('2026-11-24'), path: '/exports/acme/2026/11/24/datapackage.json', revision: 2, change: 30 },
      ...{ bytes: 2310, sha256, publishedAt: new Date('2026-11-24T00:00:09Z'), isRemoved: false },
    },
  ],
}

const installation = '8c0cf5a3-1f5e-4a53-9a3f-0d2b5a1a6a0e'
const contracts = { user: { schemaVersion: 2, bytes: 10, sha256 } }

test('an index lists the newest delivery of each entity and the manifest of each day', () => {
  const content = indexContent('acme', reserved, contracts, new Date('2026-11-24T00:00:10Z'), installation).toString()
  expect(content.endsWith('}\n')).toBe(true)
  expect(JSON.parse(content)).toEqual({
    version: 1,
    tenantId: 'acme',
    installation,
    revision: 12,
    updatedAt: '2026-11-24T00:00:10.000Z',
    lastChange: 31,
    entities: {
      user: {
        ...{ sequence: 7, revision: 1, day: '2026-11-24', path: '/exports/acme/2026/11/24/user/user.csv' },
        ...{ schemaVersion: 2, contract: '/exports/acme/contracts/user.yaml' },
      },
      site: {
        ...{ sequence: 3, revision: 2, day: '2025-11-23', path: '/exports/acme/2025/11/23/site/site.csv' },
        ...{ schemaVersion: 1, removed: true },
      },
    },
    days: [
      {
        ...{ day: '2025-11-23', manifest: '/exports/acme/2025/11/23/datapackage.json', revision: 1, change: 31 },
        ...{ bytes: null, sha256: null, publishedAt: null, removed: true },
      },
      {
        ...{ day: '2026-11-24', manifest: '/exports/acme/2026/11/24/datapackage.json', revision: 2, change: 30 },
        ...{ bytes: 2310, sha256, publishedAt: '2026-11-24T00:00:09.000Z' },
      },
    ],
  })
})
