import { GraphQLError } from 'graphql'
import { Arg, Authorized, Ctx, FieldResolver, Int, Mutation, Query, Resolver } from 'type-graphql'
import type { Scope } from '../../domain/actor.js'
import type { CatchUp } from '../../services/registrations/pause.js'
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
import { CatchUpEnum } from './registration.enums.js'
import { DataExport, toDataExport } from './registration.type.js'

const defaultChanges = 10
const maxChanges = 100

@Resolver(() => DataExport)
export class RegistrationResolver {
  constructor(private readonly registrations: Registrations) {}

  @Authorized<Scope>('exports:write')
  @Mutation(() => RegisterDataExportPayload, {
    description:
      "Replaces the tenant's whole registration and its schedule. A field that is absent takes its default, so submit all " +
      'values of `dataExport` to change one of them. Use addDataExportEntities or removeDataExportEntities to change ' +
      'only the list. Requires the scope exports:write.',
  })
  async registerDataExport(
    @Arg('input', () => RegisterDataExportInput, { description: 'The new registration.' })
    input: RegisterDataExportInput,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<RegisterDataExportPayload> {
    return toRegistrationPayload(await this.registrations.replace(actor, input))
  }

  @Authorized<Scope>('exports:write')
  @Mutation(() => RegisterDataExportPayload, {
    description:
      'Adds entities to the list of the registration. Everything else stays unchanged. Each added entity begins with a ' +
      'full load, or resumes with a delta. Requires the scope exports:write.',
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
      'Removes entities from the list of the registration. Everything else stays unchanged. At least one entity must ' +
      'remain. Requires the scope exports:write.',
  })
  async removeDataExportEntities(
    @Arg('input', () => EntityListChangeInput, { description: 'The entities to remove.' })
    input: EntityListChangeInput,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<RegisterDataExportPayload> {
    return toRegistrationPayload(await this.registrations.removeEntities(actor, input))
  }

  @Authorized<Scope>('exports:write')
  @Mutation(() => PauseDataExportPayload, {
    description:
      'Pauses scheduled runs until resumeDataExport is called. The registration keeps its version, and runDataExport ' +
      'still works. A run that is in progress continues: end it with cancelExportRun. Requires the scope exports:write.',
  })
  async pauseDataExport(@Ctx() { actor }: AuthorizedContext): Promise<PauseDataExportPayload> {
    return toPausePayload(await this.registrations.pause(actor))
  }

  @Authorized<Scope>('exports:write')
  @Mutation(() => PauseDataExportPayload, {
    description:
      'Resumes scheduled runs. If an operator of the platform has paused the schedule in Temporal itself, only a call of ' +
      'an operator resumes it. Requires the scope exports:write.',
  })
  async resumeDataExport(
    @Arg('catchUp', () => CatchUpEnum, {
      defaultValue: 'ONE_FILE',
      description: 'Whether the pause becomes one file of each entity, or one for each missed period, of at most 100.',
    })
    catchUp: CatchUp,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<PauseDataExportPayload> {
    return toPausePayload(await this.registrations.resume(actor, catchUp))
  }

  @Authorized<Scope>('exports:read')
  @Query(() => RegisterDataExportPayload, {
    description:
      'Returns what registerDataExport would return for this input, and changes nothing. Requires the scope exports:read.',
  })
  async previewDataExport(
    @Arg('input', () => RegisterDataExportInput, { description: 'The configuration to preview.' })
    input: RegisterDataExportInput,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<RegisterDataExportPayload> {
    return toRegistrationPayload(await this.registrations.preview(actor, input), { isPreview: true })
  }

  @Authorized<Scope>('exports:read')
  @Query(() => DataExport, {
    nullable: true,
    description: "The tenant's registration. Null if there is none yet. Requires the scope exports:read.",
  })
  async dataExport(
    @Arg('includeInactive', () => Boolean, {
      nullable: true,
      defaultValue: false,
      description: 'Whether entities that were once active and are now inactive are listed too. Null means false.',
    })
    includeInactive: boolean | null,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<DataExport | null> {
    const view = await this.registrations.current(actor, { includeInactive: includeInactive ?? false })
    return view && toDataExport(view)
  }

  @FieldResolver(() => [DataExportChange], {
    description: 'The latest changes of the registration, newest first.',
    complexity: pageComplexity(defaultChanges),
  })
  async changes(
    @Arg('first', () => Int, {
      nullable: true,
      defaultValue: defaultChanges,
      description: `The maximum number of changes, from 1 to ${maxChanges}.`,
    })
    first: number | null,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<DataExportChange[]> {
    const limit = first ?? defaultChanges
    if (limit < 1 || limit > maxChanges) {
      throw new GraphQLError(`changes returns 1 to ${maxChanges} changes, not ${limit}. Change the argument first.`, {
        extensions: { code: 'BAD_USER_INPUT' },
      })
    }
    const changes = await this.registrations.changes(actor, limit)
    return changes.map((change) => toDataExportChange(change, this.registrations.catalog))
  }
}
