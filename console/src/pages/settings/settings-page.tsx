import type { ReactNode } from 'react'
import { useQuery } from 'urql'
import { ButtonLink } from '../../ui/button-link'
import { Failure } from '../../ui/failure'
import { Loading } from '../../ui/notice'
import { Page } from '../../ui/page'
import { baseOf } from './draft'
import { PauseSection } from './pause-section'
import { SettingsForm } from './settings-form'
import { SettingsPageDocument } from './settings-query'
import { allSettings } from './settings/all-settings'

/** What is exported, how often, and in which format. */
export function SettingsPage(): ReactNode {
  const [{ data, error, fetching }, refresh] = useQuery({ query: SettingsPageDocument })
  const dataExport = data?.dataExport
  const tenantId = data?.viewer.tenantId
  return (
    <Page
      title="Settings"
      lead={
        dataExport === null
          ? 'Choose which entities you receive as files, and how often. Nothing is exported before you save.'
          : 'What is exported, how often, and in which format. A change applies to the next run.'
      }
      actions={dataExport && <ButtonLink to="/settings/history">History</ButtonLink>}
    >
      {error && <Failure error={error} what="The settings can't be read" onRetry={() => refresh()} />}
      {!data && fetching && <Loading what="Loading the settings" />}
      {data && tenantId != null && (
        <>
          <SettingsForm
            tenantId={tenantId}
            catalog={data.exportEntities}
            current={baseOf(allSettings, dataExport)}
            isFirst={dataExport === null}
          />
          {dataExport && dataExport.exportOption !== 'DISABLE_EXPORT' && (
            <PauseSection pausedAt={dataExport.pausedAt} />
          )}
        </>
      )}
    </Page>
  )
}
