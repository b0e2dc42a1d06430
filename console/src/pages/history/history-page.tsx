import type { ReactNode } from 'react'
import { Page } from '../../ui/page'

export function HistoryPage(): ReactNode {
  return <Page title="History">{null}</Page>
}
