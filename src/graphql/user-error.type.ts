import { Field, ObjectType } from 'type-graphql'
import { meaningsOf } from '../domain/described.js'
import { type UserError, type UserErrorCode, userErrorDefinitions } from '../services/user-error.js'
import { enumOf } from './enum.js'

const UserErrorCodeEnum = enumOf(
  'UserErrorCode',
  'The kind of a user error, for programs.',
  meaningsOf(userErrorDefinitions),
)

@ObjectType('DidYouMean', { description: 'A suggestion for a name that matches no entity.' })
export class DidYouMean {
  @Field(() => String, { description: 'The name in the request.' })
  readonly given!: string

  @Field(() => String, { description: 'The display name that it resembles most.' })
  readonly suggestion!: string
}

@ObjectType('UserError', {
  description: 'An error that the caller can fix, or that is temporary. A call that returns one has changed nothing.',
})
export class UserErrorType implements UserError {
  @Field(() => UserErrorCodeEnum, { description: 'The kind of the error.' })
  readonly code!: UserErrorCode

  @Field(() => String, { description: 'What is wrong, and what is accepted instead.' })
  readonly message!: string

  @Field(() => [String], { description: 'The path of the argument, such as `["input", "entityList"]`.' })
  readonly path!: readonly string[]

  @Field(() => [String], { description: 'The accepted values. The list is empty if they cannot be listed.' })
  readonly allowedValues!: readonly string[]

  @Field(() => [DidYouMean], { description: 'One suggestion for each name that resembles a known one.' })
  readonly didYouMean!: readonly DidYouMean[]
}
