import type { ReactNode } from 'react'
import { Page } from '../../ui/page'

export function DeliveriesPage(): ReactNode {
  return <Page title="Deliveries">{null}</Page>
}
