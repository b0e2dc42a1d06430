import { Field, ObjectType } from 'type-graphql'
import type { UserError as UserErrorView, UserErrorCode as Code } from '../services/user-error.js'
import { enumOf } from './enum.js'

const UserErrorCode = enumOf<Code>('UserErrorCode', 'What kind of mistake it is, for programs to act on.', {
  ENTITY_LIST_REQUIRED: 'EXPORT_SELECTED needs an entityList with at least one name.',
  UNKNOWN_ENTITIES: 'The entityList holds names that no entity has.',
  INVALID_EXPORT_OPTION: 'There is no such export option.',
  INVALID_FREQUENCY: 'There is no such frequency.',
  INVALID_ENTITY_LIST: 'The entityList is neither a list of strings nor a string, or it is too long.',
  INVALID_FILE_FORMAT: 'The fileFormat holds a value that there is not, or that is out of bounds.',
  COMPRESSION_UNAVAILABLE: 'This Tidemark can not write that compression: choose another one.',
  VERSION_CONFLICT: 'The registration has another version than the expected one: read it again, then submit again.',
  NOT_REGISTERED: 'The tenant has no registration yet.',
  NOTHING_ACTIVE: 'The registration has no active entity.',
  EXPORT_DISABLED: 'The export is disabled, so that its list can not be changed.',
  EVERYTHING_EXPORTED: 'The registration exports everything, so that nothing can be taken from its list.',
  INVALID_PERIOD: 'The period ends before it begins.',
  NOTHING_DELIVERED: 'No file was delivered whose window overlaps the period.',
  TOO_MANY_FILES: 'The period holds more files than one run delivers again: ask for a shorter one.',
  RUN_IN_PROGRESS: 'Another run of the tenant is queued or running.',
  TEMPORAL_UNAVAILABLE: 'Temporal, which runs the exports, can not be reached now: try again later.',
  INVALID_PUBLIC_KEY: 'The publicKey is not one line of a .pub file with a key of an accepted type.',
  PRIVATE_KEY_GIVEN: 'A private key was given. It was not stored, but is no secret any more: make a new pair.',
  INVALID_LABEL: 'The label is empty, too long, or not plain text.',
  KEY_ALREADY_ADDED: 'The tenant has this key already.',
  TOO_MANY_KEYS: 'The tenant has as many keys as it may have: remove one first.',
  NO_SUCH_KEY: 'The tenant has no key with that id.',
})

@ObjectType('DidYouMean', { description: 'The likeliest meaning of a name that was not understood.' })
export class DidYouMean {
  @Field(() => String, { description: 'The name as it was given.' })
  readonly given!: string

  @Field(() => String, { description: 'The display name that it may stand for.' })
  readonly suggestion!: string
}

@ObjectType('UserError', { description: 'A mistake that the caller can mend. With one, nothing has changed.' })
export class UserError implements UserErrorView {
  @Field(() => UserErrorCode, { description: 'What kind of mistake it is.' })
  readonly code!: Code

  @Field(() => String, { description: 'What was wrong, and what would be right.' })
  readonly message!: string

  @Field(() => [String], { description: 'Where in the arguments, e.g. `["input", "entityList"]`.' })
  readonly path!: readonly string[]

  @Field(() => [String], { description: 'What would have been accepted; empty where that can not be listed.' })
  readonly allowedValues!: readonly string[]

  @Field(() => [DidYouMean], { description: 'Suggestions, one for each name that resembles a known one.' })
  readonly didYouMean!: readonly DidYouMean[]
}
