import { useEffect, useMemo, useState } from 'react'
import { type CombinedError, useQuery } from 'urql'
import type { RegisterDataExportInput } from '../../gql/graphql'
import type { Preview } from './effects'
import { PreviewSettingsDocument } from './settings-query'

/** How long the user must pause before a preview is computed. */
const quietMs = 250

/** What the API says about an input. */
export interface PreviewState {
  /** Undefined until the API has answered for the first time. */
  readonly preview: Preview | undefined
  /** Whether the answer is for the input as it is now. */
  readonly isPresent: boolean
  readonly error: CombinedError | undefined
}

/** The version is not part of the question: a conflict is the answer of the save. */
export function usePreview(input: RegisterDataExportInput): PreviewState {
  const asked = JSON.stringify({ ...input, expectedVersion: null })
  const [settled, setSettled] = useState(asked)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(asked), quietMs)
    return () => clearTimeout(timer)
  }, [asked])
  const variables = useMemo(() => ({ input: JSON.parse(settled) as RegisterDataExportInput }), [settled])
  const [{ data, error, fetching, stale }] = useQuery({ query: PreviewSettingsDocument, variables })
  return { preview: data?.previewDataExport, isPresent: settled === asked && !fetching && !stale, error }
}
