import type { Fetches } from '../../../src/services/fetches.js'

/** No SFTP server reports fetches. */
export function fakeFetches(): Fetches {
  return {
    ofDeliveries: async () => new Map(),
    page: async () => ({ edges: [], hasNextPage: false, hasPreviousPage: false }),
    unfetched: async () => null,
    keyUses: async () => new Map(),
  }
}
