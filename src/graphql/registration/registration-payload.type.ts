import { Field, ObjectType } from 'type-graphql'
import type { Outcome } from '../../services/outcome.js'
import type { RegistrationView, Replacement } from '../../services/registrations/registration-view.js'
import { ExportEntity, toExportEntity } from '../entity/entity.type.js'
import { entitiesComplexity } from '../limits.js'
import { UserError } from '../user-error.type.js'
import { DataExport, toDataExport } from './registration.type.js'

@ObjectType('RegisterDataExportPayload', {
  description: 'What a registration changed, or would change. With user errors nothing has, and the rest is empty.',
})
export class RegisterDataExportPayload {
  @Field(() => DataExport, {
    nullable: true,
    description:
      'The registration as it is now; null with user errors. With VERSION_CONFLICT: the registration that is in the way.',
  })
  readonly dataExport!: DataExport | null

  @Field(() => Boolean, {
    description:
      'Whether the call changes the registration. False with user errors, and where the registration is already as ' +
      'requested: it then keeps its version, and the audit log gets no event.',
  })
  readonly changed!: boolean

  @Field(() => [ExportEntity], { description: 'Entities that became active.', complexity: entitiesComplexity })
  readonly activated!: readonly ExportEntity[]

  @Field(() => [ExportEntity], { description: 'Entities that became inactive.', complexity: entitiesComplexity })
  readonly deactivated!: readonly ExportEntity[]

  @Field(() => [ExportEntity], { description: 'Entities that stay active.', complexity: entitiesComplexity })
  readonly unchanged!: readonly ExportEntity[]

  @Field(() => [UserError], { description: 'Everything that was wrong with the input, at once.' })
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

@ObjectType('PauseDataExportPayload', { description: 'The registration after its export was paused or resumed.' })
export class PauseDataExportPayload {
  @Field(() => DataExport, { nullable: true, description: 'The registration as it is now; null with user errors.' })
  readonly dataExport!: DataExport | null

  @Field(() => [UserError], { description: 'Why the export can not be paused or resumed.' })
  readonly userErrors!: readonly UserError[]
}

export function toPausePayload(outcome: Outcome<RegistrationView>): PauseDataExportPayload {
  return outcome.ok
    ? { dataExport: toDataExport(outcome.value), userErrors: [] }
    : { dataExport: null, userErrors: outcome.userErrors }
}
