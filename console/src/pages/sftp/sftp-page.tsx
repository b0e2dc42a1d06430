import type { ReactNode } from 'react'
import { useQuery } from 'urql'
import { Failure } from '../../ui/failure'
import { Loading } from '../../ui/notice'
import { Page, Section } from '../../ui/page'
import { Connect } from './connect'
import { KeysSection } from './keys-section'
import { SftpAccessDocument } from './sftp-query'
import { ServerSection } from './server-section'

/** Without a key yet, the cache would not know that an added key changes the answer. */
const withKeys = { additionalTypenames: ['SftpKey'] }

export function SftpPage(): ReactNode {
  const [{ data, error }, refresh] = useQuery({ query: SftpAccessDocument, context: withKeys })
  const access = data?.sftpAccess
  return (
    <Page title="SFTP" lead="Where your files are, which keys may fetch them, and how.">
      {error && (
        <Failure
          error={error}
          what="The SFTP account can't be shown"
          onRetry={() => refresh({ requestPolicy: 'network-only' })}
        />
      )}
      {!access && !error && (
        <Section>
          <Loading what="Loading the SFTP account" />
        </Section>
      )}
      {access && (
        <>
          <KeysSection keys={access.keys} />
          <ServerSection account={access} />
          <Connect account={access} />
        </>
      )}
    </Page>
  )
}
