import { GraphQLError } from 'graphql'
import { Arg, Authorized, Ctx, FieldResolver, Int, Mutation, Query, Resolver } from 'type-graphql'
import type { Scope } from '../../domain/actor.js'
import type { Registrations } from '../../services/registrations.js'
import type { AuthorizedContext } from '../context.js'
import { pageComplexity } from '../limits.js'
import { DataExportChange, toDataExportChange } from './registration-change.type.js'
import { RegisterDataExportPayload, toRegistrationPayload } from './registration-payload.type.js'
import { RegisterDataExportInput } from './registration.input.js'
import { DataExport, toDataExport } from './registration.type.js'

const defaultChanges = 10
const maxChanges = 100

@Resolver(() => DataExport)
export class RegistrationResolver {
  constructor(private readonly registrations: Registrations) {}

  @Authorized<Scope>('exports:write')
  @Mutation(() => RegisterDataExportPayload, {
    description:
      "Replaces the tenant's whole registration. Its schedule follows. To add one entity, submit the full list: " +
      '`dataExport { entityList }` plus the new name. Needs the scope exports:write.',
  })
  async registerDataExport(
    @Arg('input', () => RegisterDataExportInput, { description: 'The new configuration.' })
    input: RegisterDataExportInput,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<RegisterDataExportPayload> {
    return toRegistrationPayload(await this.registrations.replace(actor, input))
  }

  @Authorized<Scope>('exports:read')
  @Query(() => RegisterDataExportPayload, {
    description: 'What registerDataExport would answer to this input. Changes nothing. Needs the scope exports:read.',
  })
  async previewDataExport(
    @Arg('input', () => RegisterDataExportInput, { description: 'The configuration to try.' })
    input: RegisterDataExportInput,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<RegisterDataExportPayload> {
    return toRegistrationPayload(await this.registrations.preview(actor, input))
  }

  @Authorized<Scope>('exports:read')
  @Query(() => DataExport, {
    nullable: true,
    description: "The tenant's registration; null where there is none yet. Needs the scope exports:read.",
  })
  async dataExport(
    @Arg('includeInactive', () => Boolean, {
      nullable: true,
      defaultValue: false,
      description: 'Whether entities that were once active, and are not now, shall be listed too.',
    })
    includeInactive: boolean | null,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<DataExport | null> {
    const view = await this.registrations.current(actor, { includeInactive: includeInactive ?? false })
    return view && toDataExport(view)
  }

  @FieldResolver(() => [DataExportChange], {
    description: 'The latest changes, newest first.',
    complexity: pageComplexity(defaultChanges),
  })
  async changes(
    @Arg('first', () => Int, {
      nullable: true,
      defaultValue: defaultChanges,
      description: `How many, 1 to ${maxChanges}.`,
    })
    first: number | null,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<DataExportChange[]> {
    const limit = first ?? defaultChanges
    if (limit < 1 || limit > maxChanges) {
      throw new GraphQLError(`first must be from 1 to ${maxChanges}.`, { extensions: { code: 'BAD_USER_INPUT' } })
    }
    const changes = await this.registrations.changes(actor, limit)
    return changes.map((change) => toDataExportChange(change, this.registrations.catalog))
  }
}
