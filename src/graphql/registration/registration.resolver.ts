import { GraphQLError } from 'graphql'
import { Arg, Authorized, Ctx, FieldResolver, Int, Mutation, Query, Resolver } from 'type-graphql'
import type { Scope } from '../../domain/actor.js'
import type { Registrations } from '../../services/registrations/registrations.js'
import type { AuthorizedContext } from '../context.js'
import { pageComplexity } from '../limits.js'
import { DataExportChange, toDataExportChange } from './registration-change.type.js'
import {
  PauseDataExportPayload,
  RegisterDataExportPayload,
  toPausePayload,
  toRegistrationPayload,
} from './registration-payload.type.js'
import { EntityListChangeInput, RegisterDataExportInput } from './registration.input.js'
import { DataExport, toDataExport } from './registration.type.js'

const defaultChanges = 10
const maxChanges = 100

@Resolver(() => DataExport)
export class RegistrationResolver {
  constructor(private readonly registrations: Registrations) {}

  @Authorized<Scope>('exports:write')
  @Mutation(() => RegisterDataExportPayload, {
    description:
      "Replaces the tenant's whole registration. Its schedule follows. What is left out takes its default: to change one " +
      'thing, submit all that `dataExport` has. To change the list alone, use addDataExportEntities or ' +
      'removeDataExportEntities. Needs the scope exports:write.',
  })
  async registerDataExport(
    @Arg('input', () => RegisterDataExportInput, { description: 'The new configuration.' })
    input: RegisterDataExportInput,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<RegisterDataExportPayload> {
    return toRegistrationPayload(await this.registrations.replace(actor, input))
  }

  @Authorized<Scope>('exports:write')
  @Mutation(() => RegisterDataExportPayload, {
    description:
      'Adds entities to the list of the registration, and leaves everything else as it is. Each added entity begins with ' +
      'a full load, or resumes with a delta. Needs the scope exports:write.',
  })
  async addDataExportEntities(
    @Arg('input', () => EntityListChangeInput, { description: 'The entities to add.' }) input: EntityListChangeInput,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<RegisterDataExportPayload> {
    return toRegistrationPayload(await this.registrations.addEntities(actor, input))
  }

  @Authorized<Scope>('exports:write')
  @Mutation(() => RegisterDataExportPayload, {
    description:
      'Takes entities from the list of the registration, and leaves everything else as it is. At least one must stay. ' +
      'Needs the scope exports:write.',
  })
  async removeDataExportEntities(
    @Arg('input', () => EntityListChangeInput, { description: 'The entities to take away.' })
    input: EntityListChangeInput,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<RegisterDataExportPayload> {
    return toRegistrationPayload(await this.registrations.removeEntities(actor, input))
  }

  @Authorized<Scope>('exports:write')
  @Mutation(() => PauseDataExportPayload, {
    description:
      'Stops scheduled runs until resumeDataExport. The registration keeps its version, and runDataExport still works. ' +
      'Needs the scope exports:write.',
  })
  async pauseDataExport(@Ctx() { actor }: AuthorizedContext): Promise<PauseDataExportPayload> {
    return toPausePayload(await this.registrations.pause(actor))
  }

  @Authorized<Scope>('exports:write')
  @Mutation(() => PauseDataExportPayload, {
    description:
      'Lets scheduled runs start again. The next one covers all the time since the last file. ' +
      'Needs the scope exports:write.',
  })
  async resumeDataExport(@Ctx() { actor }: AuthorizedContext): Promise<PauseDataExportPayload> {
    return toPausePayload(await this.registrations.resume(actor))
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
    return toRegistrationPayload(await this.registrations.preview(actor, input), { isPreview: true })
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
