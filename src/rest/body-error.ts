import type { ProblemError, ProblemErrorCode } from './problem.js'

/** The value of a field of a body, or what is wrong with it; neither if the field is left out. */
export interface Parsed<T> {
  readonly value?: T
  readonly error?: ProblemError
}

export function bodyError(
  code: ProblemErrorCode,
  field: string | null,
  detail: string,
  allowedValues: readonly string[] = [],
): ProblemError {
  const pointer = field === null ? '#' : `#/${field.replaceAll('~', '~0').replaceAll('/', '~1')}`
  return { code, detail, pointer, allowedValues, didYouMean: [] }
}
