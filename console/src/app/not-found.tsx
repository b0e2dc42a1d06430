import type { ReactNode } from 'react'
import { ButtonLink } from '../ui/button-link'
import { Empty } from '../ui/notice'
import { Page } from '../ui/page'

export function NotFound(): ReactNode {
  return (
    <Page title="Page not found">
      <Empty
        title="The console has no page at this address."
        actions={<ButtonLink to="/">Go to the overview</ButtonLink>}
      >
        The address may be mistyped, or the page may have moved.
      </Empty>
    </Page>
  )
}
