import type { ReactNode } from 'react'
import { ButtonLink } from '../ui/button-link'
import { Empty } from '../ui/notice'
import { Page } from '../ui/page'
import type { Refusal } from './access'

interface RefusedProps {
  readonly refusal: Refusal
  /** The tenant that the address names. */
  readonly named: string | undefined
}

/** A page that is not for this user: why, and where to go. */
export function Refused({ refusal, named }: RefusedProps): ReactNode {
  if (refusal === 'NO_TENANT') {
    return (
      <Page title="Choose a tenant">
        <Empty
          title="This page shows the data of one tenant."
          actions={
            <ButtonLink look="primary" to="/operator" search={{ tenant: undefined }}>
              Go to all tenants
            </ButtonLink>
          }
        >
          Open a tenant in the list of all tenants. Its pages then show its data.
        </Empty>
      </Page>
    )
  }
  return (
    <Page title="You have no access to this page">
      <Empty
        title={refusal === 'OPERATORS_ONLY' ? 'This page is for operators.' : 'You can’t see the data of this tenant.'}
        actions={
          <ButtonLink look="primary" to="/" search={{ tenant: undefined }}>
            Go to your overview
          </ButtonLink>
        }
      >
        {refusal === 'OPERATORS_ONLY' ? (
          'It shows all tenants of the platform. It needs a login with the scope exports:operate.'
        ) : (
          <>
            The address names the tenant <bdi>{named}</bdi>. Only an operator with the scope exports:operate can act for
            another tenant.
          </>
        )}
      </Empty>
    </Page>
  )
}
