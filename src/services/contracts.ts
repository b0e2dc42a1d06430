import type { DeliveryStore } from '../database/deliveries/delivery-store.js'
import type { RegistrationStore } from '../database/registration-store.js'
import type { Actor } from '../domain/actor.js'
import { entityOfFiles } from '../domain/change-type.js'
import type { ContractServer, ContractSubject } from '../domain/contract.js'
import { type Catalog, columnsFingerprint, type Entity, findEntity } from '../domain/entity.js'
import { defaultFileFormat } from '../domain/file-format.js'
import { normalizeName, resolveNames } from '../domain/registration.js'
import { type SchemaChange, schemaChanges } from '../domain/schema-changes.js'
import { contractText } from './contract-text.js'

/** What files of an entity contain, and how that has changed. */
export interface Contracts {
  /**
   * The contract of an entity, as YAML. It describes the newest delivery, or the first file that is still to come. Undefined if the
   * catalog has no such entity.
   */
  contract(actor: Actor, entity: string): Promise<string | undefined>
  /** Each change of the columns, oldest first. Undefined if the catalog has no such entity. */
  schemaChanges(actor: Actor, entity: string): Promise<readonly SchemaChange[] | undefined>
  /** The entity with that display name, internal name or enum value. */
  find(name: string): Entity | undefined
}

/** No entity has a longer name. */
const mostName = 200

export interface ContractsDependencies {
  readonly catalog: Catalog
  readonly deliveries: DeliveryStore
  readonly registrations: RegistrationStore
  readonly server: ContractServer
}

export function createContracts(deps: ContractsDependencies): Contracts {
  const { catalog, deliveries } = deps
  return {
    contract: async ({ tenantId }, name) => {
      const entity = findEntity(catalog, name)
      if (!entity) return undefined
      const delivery = await deliveries.last(tenantId, entity.name)
      return contractText(entity, delivery ?? (await planned(deps, tenantId, entity)), deps.server)
    },
    schemaChanges: async ({ tenantId }, name) => {
      const entity = findEntity(catalog, name)
      return entity && schemaChanges(await deliveries.schemaVersions(tenantId, entity.name))
    },
    find: (name) => (name.length > mostName ? undefined : resolveNames(catalog, [normalizeName(name)]).entities[0]),
  }
}

/** What the first file will have: the columns and the format of the registration, or those of a new one. */
async function planned(
  { registrations }: ContractsDependencies,
  tenantId: string,
  entity: Entity,
): Promise<ContractSubject> {
  const stored = await registrations.find(tenantId)
  const { columnSelection, fileFormat = defaultFileFormat } = stored?.registration ?? {}
  const columns = columnsFingerprint(entityOfFiles(entity, columnSelection, fileFormat))
  return { tenantId, columns, sourceTypes: null, schemaVersion: null }
}
