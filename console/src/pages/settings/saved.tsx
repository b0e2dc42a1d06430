import { type ReactNode, useEffect, useRef } from 'react'
import type { SaveSettingsMutation } from '../../gql/graphql'
import { ButtonLink } from '../../ui/button-link'
import { Notice } from '../../ui/notice'
import { Time } from '../../ui/time'
import { RunNow } from '../runs/run-now'
import styles from './settings.module.css'

/** What happens after the settings were saved. */
export function Saved({ answer }: { readonly answer: SaveSettingsMutation['registerDataExport'] }): ReactNode {
  const { dataExport } = answer
  const [next] = dataExport?.schedule.nextRunTimes ?? []
  const isPending = dataExport?.schedule.state === 'PENDING'
  const place = useRef<HTMLDivElement>(null)
  // The button that saved is at the end of the page.
  useEffect(() => place.current?.focus(), [])
  return (
    <div ref={place} tabIndex={-1} className={styles['saved']}>
      <Notice
        tone="good"
        title={answer.changed ? `Saved as version ${dataExport?.version}.` : 'Nothing has changed.'}
        actions={
          next !== undefined && (
            <>
              <RunNow />
              <ButtonLink to="/sftp">How to fetch the files</ButtonLink>
            </>
          )
        }
      >
        <p>
          {next === undefined ? (
            'No run is planned.'
          ) : (
            <>
              The next files come after <Time value={next} />. You need not wait: start a run now.
            </>
          )}
        </p>
        {answer.notices.map(({ code, message }) => (
          <p key={code}>{message}</p>
        ))}
        {isPending && <p>The schedule follows in a minute. {dataExport?.schedule.error}</p>}
      </Notice>
    </div>
  )
}
