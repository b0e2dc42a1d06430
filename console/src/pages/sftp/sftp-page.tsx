import type { ReactNode } from 'react'
import { Page } from '../../ui/page'

export function SftpPage(): ReactNode {
  return <Page title="SFTP">{null}</Page>
}
