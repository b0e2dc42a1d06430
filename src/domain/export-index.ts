import { contractPath, isoDay } from './delivery-path.js'

/** For how many days an index lists a day whose files were removed. */
export const removedDaysListed = 400

/** The next index of a tenant: what it lists, and the numbers that are reserved for it. */
export interface ReservedIndex {
  readonly revision: number
  /** The highest number that a day of the tenant has. */
  readonly lastChange: number
  /** Whether an earlier index was not recorded as written, so that its hidden files may still be stored on the server. */
  readonly isInterrupted: boolean
  /** The id of the key that signed the index that was written last; null if it was not signed. */
  readonly signedBy: string | null
  /** The contracts that are stored on the server, by internal name. */
  readonly contracts: StoredContracts
  readonly entities: readonly IndexedEntity[]
  readonly days: readonly IndexedDay[]
}

/** The newest delivery of an entity. */
export interface IndexedEntity {
  /** Internal name. */
  readonly entity: string
  readonly deliveryId: string
  readonly sequence: number
  readonly revision: number
  readonly day: Date
  readonly path: string
  readonly schemaVersion: number
  /** Whether its files were removed from the server. */
  readonly isRemoved: boolean
}

/** A day with the manifest that was published last. */
export interface IndexedDay {
  readonly day: Date
  readonly path: string
  readonly revision: number
  /** Rises with each change of a day, over all days of the tenant. */
  readonly change: number
  /** Null in rows of releases that did not record it. */
  readonly bytes: number | null
  readonly sha256: string | null
  readonly publishedAt: Date | null
  readonly isRemoved: boolean
}

export interface StoredContract {
  readonly schemaVersion: number
  readonly bytes: number
  readonly sha256: string
}

export type StoredContracts = Readonly<Record<string, StoredContract>>

/** An index as it was written. */
export interface WrittenIndex {
  readonly bytes: number
  readonly sha256: string
  readonly signedBy: string | null
  readonly contracts: StoredContracts
}

/** The file that tells a loader which days have changed since it last looked. One line, since it can list thousands of days. */
export function indexContent(
  tenantId: string,
  { revision, lastChange, entities, days }: ReservedIndex,
  contracts: StoredContracts,
  updatedAt: Date,
  installation: string,
): Buffer {
  const index = {
    version: 1,
    tenantId,
    installation,
    revision,
    updatedAt: updatedAt.toISOString(),
    lastChange,
    entities: Object.fromEntries(entities.map((each) => [each.entity, entityEntry(tenantId, each, contracts)])),
    days: days.map(dayEntry),
  }
  return Buffer.from(`${JSON.stringify(index)}\n`)
}

function entityEntry(tenantId: string, each: IndexedEntity, contracts: StoredContracts): object {
  const { entity, sequence, revision, day, path, schemaVersion, isRemoved } = each
  return {
    sequence,
    revision,
    day: isoDay(day),
    path,
    schemaVersion,
    ...(isRemoved && { removed: true }),
    ...(Object.hasOwn(contracts, entity) && { contract: contractPath(tenantId, entity) }),
  }
}

function dayEntry({ day, path, revision, change, bytes, sha256, publishedAt, isRemoved }: IndexedDay): object {
  return {
    day: isoDay(day),
    manifest: path,
    revision,
    change,
    bytes,
    sha256,
    publishedAt: publishedAt?.toISOString() ?? null,
    ...(isRemoved && { removed: true }),
  }
}
