import type { ReactNode } from 'react'
import { Page } from '../../ui/page'

export function OverviewPage(): ReactNode {
  return <Page title="Overview">{null}</Page>
}
