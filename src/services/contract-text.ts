import { stringify } from 'yaml'
import { type ContractServer, type ContractSubject, entityContract } from '../domain/contract.js'
import type { Delivery } from '../domain/delivery.js'
import { type Catalog, type Entity, findEntity } from '../domain/entity.js'

/** The contract of an entity as YAML. The same columns give the same text. */
export function contractText(entity: Entity, subject: ContractSubject, server: ContractServer): string {
  return stringify(entityContract(entity, subject, server), { lineWidth: 100, aliasDuplicateObjects: false })
}

/** The contract of the entity of a delivery; undefined if the catalog no longer has the entity. */
export function contractTextOf(catalog: Catalog, server: ContractServer): (delivery: Delivery) => string | undefined {
  return (delivery) => {
    const entity = findEntity(catalog, delivery.entity)
    return entity && contractText(entity, delivery, server)
  }
}
