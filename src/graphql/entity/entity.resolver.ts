import { Authorized, Query, Resolver } from 'type-graphql'
import type { Scope } from '../../domain/actor.js'
import type { Catalog } from '../../domain/entity.js'
import { entitiesComplexity } from '../limits.js'
import { ExportEntity, toExportEntity } from './entity.type.js'

@Resolver(() => ExportEntity)
export class EntityResolver {
  constructor(private readonly catalog: Catalog) {}

  @Authorized<Scope>('exports:read')
  @Query(() => [ExportEntity], {
    description:
      'The catalog: every entity that can be exported, with the columns of its file. Requires the scope exports:read.',
    complexity: entitiesComplexity,
  })
  exportEntities(): ExportEntity[] {
    return this.catalog.entities.map(toExportEntity)
  }
}
