import { formatTime } from '../../format/dates'
import type { ExportFetchState } from '../../gql/graphql'
import type { Tone } from '../../ui/tone'

interface Fetched {
  readonly fetchState?: ExportFetchState | null
  readonly fetchedAt?: string | null
}

/** Whether a file was fetched, in words; undefined if it is not known. */
export function fetchWords({
  fetchState,
  fetchedAt,
}: Fetched): { readonly tone: Tone; readonly text: string } | undefined {
  switch (fetchState) {
    case 'FETCHED':
      return { tone: 'good', text: fetchedAt == null ? 'Fetched' : formatTime(fetchedAt) }
    case 'PARTLY_FETCHED':
      return { tone: 'warn', text: 'In part' }
    case 'NOT_FETCHED':
      return { tone: 'neutral', text: 'Not yet' }
    default:
      return undefined
  }
}
