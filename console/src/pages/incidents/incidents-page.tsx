import type { ReactNode } from 'react'
import { Page } from '../../ui/page'

export function IncidentsPage(): ReactNode {
  return <Page title="Incidents">{null}</Page>
}
