import type { ReactNode } from 'react'
import { ButtonLink } from '../../ui/button-link'
import { Empty } from '../../ui/notice'
import type { TenantsSearch } from './tenants-search'

const noTenant: Readonly<Record<NonNullable<TenantsSearch['state']>, string>> = {
  overdue: 'No tenant waits for an overdue file.',
  failing: 'No tenant has a failed run since its last success.',
  running: 'No run is in progress.',
  paused: 'No export is paused.',
  disabled: 'No export is disabled.',
  unfetched: 'No tenant has files that were not fetched for 7 days.',
}

/** A list without tenants: whether that is good, and how to see others. */
export function TenantsEmpty({ search: { search, state } }: { readonly search: TenantsSearch }): ReactNode {
  if (search === undefined && state === undefined) {
    return (
      <Empty title="No tenant has registered an export yet.">
        A tenant appears here after its first registration: in the console under Settings, or with registerDataExport.
      </Empty>
    )
  }
  const all = (
    <ButtonLink to="/operator" search={{ tenant: undefined }}>
      Show all tenants
    </ButtonLink>
  )
  if (search === undefined && state !== undefined) {
    return (
      <Empty title={noTenant[state]} actions={all}>
        Tenants appear here as soon as one is in this state.
      </Empty>
    )
  }
  return (
    <Empty title="No tenant matches the filters." actions={all}>
      The search looks for a part of the tenant’s id.
    </Empty>
  )
}
