import type { ReactNode } from 'react'
import { Page } from '../../ui/page'

export function IncidentPage(): ReactNode {
  return <Page title="Incident">{null}</Page>
}
