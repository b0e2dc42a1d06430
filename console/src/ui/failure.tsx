import type { ReactNode } from 'react'
import type { CombinedError } from 'urql'
import { Button } from './button'
import { Notice } from './notice'

interface FailureProps {
  readonly error: CombinedError
  /** What was not possible: `The runs can't be shown`. */
  readonly what: string
  readonly onRetry?: () => void
}

/** A request that failed: what, why, and how to try again. */
export function Failure({ error, what, onRetry }: FailureProps): ReactNode {
  const retry = onRetry && (
    <Button small onPress={onRetry}>
      Try again
    </Button>
  )
  return (
    <Notice tone="bad" title={`${what}.`} {...(retry && { actions: retry })}>
      {messagesOf(error).map((message) => (
        <p key={message}>{message}</p>
      ))}
    </Notice>
  )
}

function messagesOf(error: CombinedError): readonly string[] {
  if (error.networkError) {
    return navigator.onLine
      ? ['Tidemark does not answer. Check your connection, or try again in a minute.']
      : ['This device is offline. Connect it to the network, then try again.']
  }
  return error.graphQLErrors.map(({ message, extensions }) => {
    const id = extensions['errorId']
    return typeof id === 'string' ? `${message} Error id: ${id}` : message
  })
}
