import { Field, ObjectType } from 'type-graphql'
import type { Outcome } from '../../services/outcome.js'
import type { RegistrationView, Replacement } from '../../services/registrations/registration-view.js'
import { ExportEntity, toExportEntity } from '../entity/entity.type.js'
import { entitiesComplexity } from '../limits.js'
import { UserError } from '../user-error.type.js'
import { DataExport, toDataExport } from './registration.type.js'

@ObjectType('RegisterDataExportPayload', {
  description:
    'What a call changes in the registration. With user errors, the call changes nothing and the lists of entities ' +
    'are empty.',
})
export class RegisterDataExportPayload {
  @Field(() => DataExport, {
    nullable: true,
    description:
      'The registration after the call. Null with user errors, except VERSION_CONFLICT: then this is the current ' +
      'registration.',
  })
  readonly dataExport!: DataExport | null

  @Field(() => Boolean, {
    description:
      'Whether the call changes the registration. False with user errors. Also false if the registration is already ' +
      'as requested: then it keeps its version, and the audit log gets no event.',
  })
  readonly changed!: boolean

  @Field(() => [ExportEntity], { description: 'The entities that the call activates.', complexity: entitiesComplexity })
  readonly activated!: readonly ExportEntity[]

  @Field(() => [ExportEntity], {
    description: 'The entities that the call deactivates.',
    complexity: entitiesComplexity,
  })
  readonly deactivated!: readonly ExportEntity[]

  @Field(() => [ExportEntity], { description: 'The entities that stay active.', complexity: entitiesComplexity })
  readonly unchanged!: readonly ExportEntity[]

  @Field(() => [UserError], { description: 'All errors in the input. Empty if the call succeeds.' })
  readonly userErrors!: readonly UserError[]
}

export function toRegistrationPayload(
  outcome: Outcome<Replacement>,
  options: { readonly isPreview?: boolean } = {},
): RegisterDataExportPayload {
  if (!outcome.ok) {
    const nothing = { changed: false, activated: [], deactivated: [], unchanged: [] }
    const current = outcome.current ? toDataExport(outcome.current) : null
    return { dataExport: current, ...nothing, userErrors: outcome.userErrors }
  }
  const { registration, changed, activated, deactivated, unchanged } = outcome.value
  return {
    dataExport: toDataExport(registration, options),
    changed,
    activated: activated.map(toExportEntity),
    deactivated: deactivated.map(toExportEntity),
    unchanged: unchanged.map(toExportEntity),
    userErrors: [],
  }
}

@ObjectType('PauseDataExportPayload', {
  description: 'The registration after a call that pauses or resumes its export.',
})
export class PauseDataExportPayload {
  @Field(() => DataExport, { nullable: true, description: 'The registration after the call. Null with user errors.' })
  readonly dataExport!: DataExport | null

  @Field(() => [UserError], { description: 'Why the export cannot be paused or resumed. Empty if the call succeeds.' })
  readonly userErrors!: readonly UserError[]
}

export function toPausePayload(outcome: Outcome<RegistrationView>): PauseDataExportPayload {
  return outcome.ok
    ? { dataExport: toDataExport(outcome.value), userErrors: [] }
    : { dataExport: null, userErrors: outcome.userErrors }
}
