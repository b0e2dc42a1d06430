import type { DeliveryStore } from '../../../src/database/deliveries/delivery-store.js'
import type { RegistrationStore } from '../../../src/database/registration-store.js'
import type { Catalog } from '../../../src/domain/entity.js'
import { type Contracts, createContracts } from '../../../src/services/contracts.js'
import { sampleDelivery } from './samples.js'

/** The product's own use case. The tenant has two schema versions of the entity `user`, and nothing else. */
export function fakeContracts(catalog: Catalog): Contracts {
  const first = { sequence: 1, revision: 1, day: sampleDelivery.day, path: sampleDelivery.path }
  const versions = [
    { ...first, schemaVersion: 1, columns: 'code:string,old:date', publishedAt: sampleDelivery.publishedAt },
    {
      ...first,
      schemaVersion: 2,
      columns: 'code:integer,name:string',
      publishedAt: sampleDelivery.publishedAt,
      sequence: 4,
    },
  ]
  const deliveries = {
    last: async (_: string, entity: string) =>
      entity === 'user' ? { ...sampleDelivery, schemaVersion: 2 } : undefined,
    schemaVersions: async (_: string, entity: string) => (entity === 'user' ? versions : []),
  }
  return createContracts({
    catalog,
    deliveries: deliveries as unknown as DeliveryStore,
    registrations: { find: async () => undefined } as unknown as RegistrationStore,
    server: { host: 'sftp.example.com', port: 22 },
  })
}
