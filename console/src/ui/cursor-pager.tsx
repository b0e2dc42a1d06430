import type { ReactNode } from 'react'
import { ButtonLink } from './button-link'
import { type Cursors, neighborsOf } from './cursors'
import { Pager } from './pager'

interface CursorPagerProps {
  /** What the pages list: `runs`. */
  readonly what: string
  readonly cursors: Cursors
  readonly pageInfo: Parameters<typeof neighborsOf>[1]
  /** What is on this page: `20 runs`. */
  readonly children?: ReactNode
}

/** The links between the pages of a connection, newest first. They keep the filters of the address. */
export function CursorPager({ what, cursors, pageInfo, children }: CursorPagerProps): ReactNode {
  const { newer, older } = neighborsOf(cursors, pageInfo)
  const isEmpty = pageInfo.startCursor == null
  if (isEmpty && !newer && !older) return null
  return (
    <Pager
      what={what}
      newer={newer && <PageLink cursors={newer}>← Newer</PageLink>}
      older={older && <PageLink cursors={older}>Older →</PageLink>}
    >
      {children}
    </Pager>
  )
}

function PageLink({ cursors, children }: { readonly cursors: Cursors; readonly children: ReactNode }): ReactNode {
  return (
    <ButtonLink
      small
      to="."
      search={(search: object) => ({ ...search, after: undefined, before: undefined, ...cursors })}
    >
      {children}
    </ButtonLink>
  )
}
