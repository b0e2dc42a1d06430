import type { ReactNode } from 'react'
import { Notice } from './notice'

interface GivenError {
  readonly message: string
}

/** The errors that a mutation returned in place of a change. The API's messages say what would be right. */
export function UserErrors({
  errors,
  what,
}: {
  readonly errors: readonly GivenError[]
  readonly what: string
}): ReactNode {
  if (errors.length === 0) return null
  return (
    <Notice tone="bad" title={`${what}.`}>
      {errors.map(({ message }) => (
        <p key={message}>{message}</p>
      ))}
    </Notice>
  )
}
