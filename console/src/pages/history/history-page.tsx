import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useQuery } from 'urql'
import type { HistoryQuery, VersionChangeFragment } from '../../gql/graphql'
import { Badge } from '../../ui/badge'
import { ButtonLink } from '../../ui/button-link'
import { Failure } from '../../ui/failure'
import { Empty, Loading } from '../../ui/notice'
import { Page, Section } from '../../ui/page'
import { Time } from '../../ui/time'
import { ChangesList } from '../settings/changes-list'
import { baseOf, changesBetween, valuesOf } from '../settings/draft'
import { allSettings } from '../settings/settings/all-settings'
import { HistoryDocument } from './history-query'
import { firstVersions, mostVersions } from './history-search'
import { RollBack } from './roll-back'

const route = getRouteApi('/settings/history')

type Registration = NonNullable<HistoryQuery['dataExport']>

/** Every version of the settings: who changed what, and the way back. */
export function HistoryPage(): ReactNode {
  const { first = firstVersions } = route.useSearch()
  const [{ data, error, fetching }, refresh] = useQuery({ query: HistoryDocument, variables: { first } })
  const dataExport = data?.dataExport
  return (
    <Page
      title="History of the settings"
      lead="Each change made a version. You can go back to any of them."
      actions={<ButtonLink to="/settings">Settings</ButtonLink>}
    >
      {error && <Failure error={error} what="The history can't be shown" onRetry={() => refresh()} />}
      {!data && fetching && <Loading what="Loading the history" />}
      {data && !dataExport && (
        <Empty
          title="There are no settings yet."
          actions={<ButtonLink to="/settings">Choose what you receive</ButtonLink>}
        />
      )}
      {dataExport?.changes.map((change) => (
        <VersionSection
          key={change.version}
          change={change}
          registration={dataExport}
          catalog={data?.exportEntities.map(({ displayName }) => displayName) ?? []}
        />
      ))}
      {dataExport?.changes.length === first && first < mostVersions && (
        <ButtonLink to="/settings/history" search={{ first: Math.min(mostVersions, first * 2) }} resetScroll={false}>
          Show more versions
        </ButtonLink>
      )}
    </Page>
  )
}

interface VersionSectionProps {
  readonly change: VersionChangeFragment
  readonly registration: Registration
  readonly catalog: readonly string[]
}

function VersionSection({ change, registration, catalog }: VersionSectionProps): ReactNode {
  const { version, changedBy, changedAt, before, after } = change
  const now = baseOf(allSettings, registration)
  const values = valuesOf(allSettings, after)
  const isCurrent = version === registration.version
  return (
    <Section
      title={`Version ${version}`}
      lead={
        <>
          <bdi>{changedBy}</bdi>, <Time value={changedAt} />
        </>
      }
      actions={
        isCurrent ? (
          <Badge tone="good">In use</Badge>
        ) : (
          <RollBack version={version} values={values} now={now} catalog={catalog} />
        )
      }
    >
      {before ? (
        <ChangesList changes={changesBetween(allSettings, valuesOf(allSettings, before), values)} />
      ) : (
        <ChangesList changes={allSettings.map(({ id, title, summary }) => ({ title, lines: [summary(values[id])] }))} />
      )}
    </Section>
  )
}
