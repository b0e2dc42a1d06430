import { Field, ObjectType } from 'type-graphql'
import type { Outcome } from '../../services/outcome.js'
import type { RegistrationView, Replacement } from '../../services/registrations/registration-view.js'
import { ExportEntity, toExportEntity } from '../entity/entity.type.js'
import { entitiesComplexity } from '../limits.js'
import { UserErrorType } from '../user-error.type.js'
import { DataExportNotice, toNotice } from './column-selection.type.js'
import { DataExport, toDataExport } from './registration.type.js'

@ObjectType('RegisterDataExportPayload', {
  description: 'What the call changed, or would change. With user errors nothing is changed, and the lists are empty.',
})
export class RegisterDataExportPayload {
  @Field(() => DataExport, {
    nullable: true,
    description: 'The current registration. Null with user errors, except VERSION_CONFLICT.',
  })
  readonly dataExport!: DataExport | null

  @Field(() => Boolean, {
    description:
      'Whether the call changes the registration. False with user errors, and if the registration is already as ' +
      'requested. In that case it keeps its version, and no audit event is recorded.',
  })
  readonly changed!: boolean

  @Field(() => [ExportEntity], { description: 'The entities that become active.', complexity: entitiesComplexity })
  readonly activated!: readonly ExportEntity[]

  @Field(() => [ExportEntity], { description: 'The entities that become inactive.', complexity: entitiesComplexity })
  readonly deactivated!: readonly ExportEntity[]

  @Field(() => [ExportEntity], { description: 'The entities that stay active.', complexity: entitiesComplexity })
  readonly unchanged!: readonly ExportEntity[]

  @Field(() => [DataExportNotice], {
    description: 'What the caller may not expect of the change. Empty with user errors.',
  })
  readonly notices!: readonly DataExportNotice[]

  @Field(() => [UserErrorType], { description: 'All errors in the input. Empty if the call succeeded.' })
  readonly userErrors!: readonly UserErrorType[]
}

export function toRegistrationPayload(
  outcome: Outcome<Replacement>,
  options: { readonly isPreview?: boolean } = {},
): RegisterDataExportPayload {
  if (!outcome.ok) {
    const nothing = { changed: false, activated: [], deactivated: [], unchanged: [], notices: [] }
    const current = outcome.current ? toDataExport(outcome.current) : null
    return { dataExport: current, ...nothing, userErrors: outcome.userErrors }
  }
  const { registration, changed, activated, deactivated, unchanged, notices } = outcome.value
  return {
    dataExport: toDataExport(registration, options),
    changed,
    activated: activated.map(toExportEntity),
    deactivated: deactivated.map(toExportEntity),
    unchanged: unchanged.map(toExportEntity),
    notices: notices.map(toNotice),
    userErrors: [],
  }
}

@ObjectType('PauseDataExportPayload', { description: 'The result of pausing or resuming the export.' })
export class PauseDataExportPayload {
  @Field(() => DataExport, { nullable: true, description: 'The current registration. Null with user errors.' })
  readonly dataExport!: DataExport | null

  @Field(() => [UserErrorType], {
    description: 'Why the export cannot be paused or resumed. Empty if the call succeeded.',
  })
  readonly userErrors!: readonly UserErrorType[]
}

export function toPausePayload(outcome: Outcome<RegistrationView>): PauseDataExportPayload {
  return outcome.ok
    ? { dataExport: toDataExport(outcome.value), userErrors: [] }
    : { dataExport: null, userErrors: outcome.userErrors }
}
