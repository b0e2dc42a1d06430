import { Arg, Authorized, Ctx, Query, Resolver } from 'type-graphql'
import type { Scope } from '../../domain/actor.js'
import type { Contracts } from '../../services/contracts.js'
import type { AuthorizedContext } from '../context.js'
import { ExportEntityName } from '../entity/entity-name.js'
import { jsonComplexity, listComplexity } from '../limits.js'
import { ExportSchemaChange } from './schema-change.type.js'

@Resolver()
export class ContractResolver {
  constructor(private readonly contracts: Contracts) {}

  @Authorized<Scope>('exports:read')
  @Query(() => String, {
    description:
      'The contract of an entity as YAML, in the form of the Open Data Contract Standard (v3.1.0). It describes the columns of ' +
      'the newest delivery. Before the first delivery, it describes the file that is to come, and its status is draft. Requires ' +
      'the scope exports:read.',
    complexity: jsonComplexity,
  })
  async exportContract(
    @Arg('entity', () => ExportEntityName, { description: 'The entity.' }) entity: string,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<string> {
    return known(await this.contracts.contract(actor, entity))
  }

  @Authorized<Scope>('exports:read')
  @Query(() => [ExportSchemaChange], {
    description:
      'The changes of the columns of an entity, oldest first: one for each schema version that was delivered. Requires the scope ' +
      'exports:read.',
    complexity: listComplexity(20),
  })
  async exportSchemaChanges(
    @Arg('entity', () => ExportEntityName, { description: 'The entity.' }) entity: string,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<readonly ExportSchemaChange[]> {
    return known(await this.contracts.schemaChanges(actor, entity))
  }
}

/** The enum has only names of the catalog. */
function known<T>(found: T | undefined): T {
  if (found === undefined) throw new Error('The enum of entities has a name that the catalog lacks.')
  return found
}
