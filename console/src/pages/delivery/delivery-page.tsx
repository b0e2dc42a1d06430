import type { ReactNode } from 'react'
import { Page } from '../../ui/page'

export function DeliveryPage(): ReactNode {
  return <Page title="Delivery">{null}</Page>
}
