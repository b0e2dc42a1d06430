import { useCallback, useEffect, useState } from 'react'
import { type AnyVariables, type CombinedError, type TypedDocumentNode, useClient } from 'urql'
import { useWhileVisible } from './use-while-visible'

export interface LiveQuery<Data> {
  /** What was last fetched; it stays while a later request fails. Undefined before the first answer. */
  readonly data: Data | undefined
  /** Why the last request failed. Undefined if it did not. */
  readonly error: CombinedError | undefined
  /** When the data was fetched, in milliseconds. Undefined before. */
  readonly updatedAt: number | undefined
  /** Whether there is no answer for these variables yet. Until then the data is that of the variables before. */
  readonly isWaiting: boolean
  readonly refresh: () => void
}

interface Answer<Data> {
  /** The variables that it answers. */
  readonly of: string
  readonly data?: Data | undefined
  readonly updatedAt?: number | undefined
  readonly error?: CombinedError | undefined
}

interface LiveQueryArgs<Data, Variables extends AnyVariables> {
  readonly query: TypedDocumentNode<Data, Variables>
  readonly variables: Variables
}

const everyMs = 15_000

/** A query that is renewed every 15 seconds while the page is visible, and when it becomes visible again. */
export function useLiveQuery<Data, Variables extends AnyVariables>(
  args: LiveQueryArgs<Data, Variables>,
): LiveQuery<Data> {
  const { query } = args
  const client = useClient()
  const of = JSON.stringify(args.variables)
  const [requests, setRequests] = useState(0)
  const [answer, setAnswer] = useState<Answer<Data>>()
  const refresh = useCallback(() => setRequests((count) => count + 1), [])
  useEffect(() => {
    const source = client.query(query, JSON.parse(of) as Variables, {
      requestPolicy: requests === 0 ? 'cache-and-network' : 'network-only',
    })
    const subscription = source.subscribe(({ data, error }) =>
      setAnswer((last) => (error ? failed(last, of, error) : { of, data, updatedAt: Date.now() })),
    )
    return () => subscription.unsubscribe()
  }, [client, query, of, requests])
  useWhileVisible(refresh, everyMs)
  return {
    data: answer?.data,
    error: answer?.of === of ? answer.error : undefined,
    updatedAt: answer?.updatedAt,
    isWaiting: answer?.of !== of,
    refresh,
  }
}

/** The data of other variables does not stay, because it would not match the filters. */
function failed<Data>(last: Answer<Data> | undefined, of: string, error: CombinedError): Answer<Data> {
  return last?.of === of ? { ...last, error } : { of, error }
}
