import type { ReactNode } from 'react'
import { counted } from '../../format/numbers'
import type { OverviewQuery } from '../../gql/graphql'
import { ButtonLink } from '../../ui/button-link'
import { Notice } from '../../ui/notice'
import { Time } from '../../ui/time'

type Unfetched = NonNullable<NonNullable<OverviewQuery['dataExport']>['unfetchedFiles']>

/** The warning that files are delivered, and that the tenant does not fetch them. */
export function UnfetchedNotice({ unfetched: { days, files, oldest } }: { readonly unfetched: Unfetched }): ReactNode {
  return (
    <Notice
      tone="warn"
      title={`${counted(files, 'file')} delivered, and not fetched for ${days} days.`}
      actions={
        <>
          <ButtonLink small to="/deliveries" search={{ unfetched: days }}>
            Show the files
          </ButtonLink>
          <ButtonLink small to="/sftp">
            See the keys
          </ButtonLink>
        </>
      }
    >
      The oldest was published at <Time value={oldest} />. Check whether your loader still runs.
    </Notice>
  )
}
