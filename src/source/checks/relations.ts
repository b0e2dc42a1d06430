import type { ClientBase } from 'pg'
import type { Entity } from '../../domain/entity.js'
import type { Relation } from './relation.js'
import { allRelationsQuery } from './relations-query.js'

/** All relations that the entity's rows come from. Empty where its table does not exist. */
export async function readRelations(client: ClientBase, entity: Entity): Promise<Relation[]> {
  const { rows } = await client.query<Relation>(allRelationsQuery(entity))
  return rows
}
