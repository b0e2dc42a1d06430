import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useQuery } from 'urql'
import { counted } from '../../format/numbers'
import { ButtonLink } from '../../ui/button-link'
import { CursorPager } from '../../ui/cursor-pager'
import { pageVariables } from '../../ui/cursors'
import { Failure } from '../../ui/failure'
import { Empty, Loading } from '../../ui/notice'
import { Page, Section } from '../../ui/page'
import { DeliveriesFilters } from './deliveries-filters'
import { DeliveriesDocument, DeliveryEntitiesDocument } from './deliveries-query'
import { DeliveriesTable } from './deliveries-table'
import { RedeliverButton } from './redeliver'

const route = getRouteApi('/deliveries')
const pageSize = 50

/** Every file that was ever delivered, newest first. */
export function DeliveriesPage(): ReactNode {
  const search = route.useSearch()
  const [{ data: catalog }] = useQuery({ query: DeliveryEntitiesDocument })
  const entities = catalog?.exportEntities ?? []
  const entity = entities.find(({ internalName }) => internalName === search.entity)
  const [{ data, error, fetching }, refresh] = useQuery({
    query: DeliveriesDocument,
    // The API knows an entity by another name than the address.
    pause: search.entity !== undefined && !catalog,
    variables: {
      ...pageVariables(search, pageSize),
      entity: entity?.name ?? null,
      firstDay: search.from ?? null,
      lastDay: search.to ?? null,
      redelivered: search.redelivered ?? null,
      notFetchedForDays: search.unfetched ?? null,
    },
  })
  const deliveries = data?.exportDeliveries.edges.map(({ node }) => node)
  const isFiltered = Boolean(search.entity ?? search.from ?? search.to ?? search.redelivered ?? search.unfetched)
  return (
    <Page
      title="Deliveries"
      lead="Every file that was published, with its checksum. The list keeps files that are removed from the server."
      actions={<RedeliverButton entities={entities} {...(search.entity !== undefined && { entity: search.entity })} />}
    >
      <Section>
        <DeliveriesFilters entities={entities} />
        {error && <Failure error={error} what="The deliveries can't be shown" onRetry={() => refresh()} />}
        {!data && fetching && <Loading what="Loading the deliveries" />}
        {deliveries?.length === 0 && <NoDeliveries isFiltered={isFiltered} />}
        {deliveries && deliveries.length > 0 && <DeliveriesTable deliveries={deliveries} />}
        {data && (
          <CursorPager what="deliveries" cursors={search} pageInfo={data.exportDeliveries.pageInfo}>
            {counted(data.exportDeliveries.edges.length, 'file')} on this page
          </CursorPager>
        )}
      </Section>
    </Page>
  )
}

function NoDeliveries({ isFiltered }: { readonly isFiltered: boolean }): ReactNode {
  if (isFiltered) return <Empty title="No file fits these filters.">Choose a longer period, or another entity.</Empty>
  return (
    <Empty title="No file is delivered yet." actions={<ButtonLink to="/runs">See the runs</ButtonLink>}>
      A file is listed here as soon as it has its final name on the SFTP server.
    </Empty>
  )
}
