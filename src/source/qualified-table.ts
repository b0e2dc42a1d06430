import { escapeIdentifier } from 'pg'
import type { Entity } from '../domain/entity.js'

export function qualifiedTable({ table }: Pick<Entity, 'table'>): string {
  return `${escapeIdentifier(table.schema)}.${escapeIdentifier(table.name)}`
}
