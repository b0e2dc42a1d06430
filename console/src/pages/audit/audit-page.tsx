import type { ReactNode } from 'react'
import { Page } from '../../ui/page'

export function AuditPage(): ReactNode {
  return <Page title="Audit log">{null}</Page>
}
