export type UserErrorCode =
  | 'ENTITY_LIST_REQUIRED'
  | 'UNKNOWN_ENTITIES'
  | 'INVALID_EXPORT_OPTION'
  | 'INVALID_FREQUENCY'
  | 'INVALID_ENTITY_LIST'
  | 'INVALID_FILE_FORMAT'
  | 'COMPRESSION_UNAVAILABLE'
  | 'VERSION_CONFLICT'
  | 'NOT_REGISTERED'
  | 'NOTHING_ACTIVE'
  | 'EXPORT_DISABLED'
  | 'EVERYTHING_EXPORTED'
  | 'INVALID_PERIOD'
  | 'NOTHING_DELIVERED'
  | 'TOO_MANY_FILES'
  | 'RUN_IN_PROGRESS'
  | 'TEMPORAL_UNAVAILABLE'
  | 'INVALID_PUBLIC_KEY'
  | 'PRIVATE_KEY_GIVEN'
  | 'INVALID_LABEL'
  | 'KEY_ALREADY_ADDED'
  | 'TOO_MANY_KEYS'
  | 'NO_SUCH_KEY'

/** An error that the caller can fix. A call that returns one has changed nothing. */
export interface UserError {
  readonly code: UserErrorCode
  /** What was wrong and what would be right, in one or two sentences. */
  readonly message: string
  /** Where in the input, e.g. `['input', 'entityList']`. */
  readonly path: readonly string[]
  /** What would have been accepted; empty if that can't be listed. */
  readonly allowedValues: readonly string[]
  /** The likeliest meaning of each name that was not understood. */
  readonly didYouMean: readonly { readonly given: string; readonly suggestion: string }[]
}

export function userError(
  code: UserErrorCode,
  message: string,
  path: readonly string[] = [],
  { allowedValues = [], didYouMean = [] }: Partial<Pick<UserError, 'allowedValues' | 'didYouMean'>> = {},
): UserError {
  return { code, message, path, allowedValues, didYouMean }
}
