import type { ReactNode } from 'react'
import { Page } from '../../ui/page'

export function TenantsPage(): ReactNode {
  return <Page title="Tenants">{null}</Page>
}
