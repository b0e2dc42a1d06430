import type { ReactNode } from 'react'
import type { PreviewSettingsQuery } from '../../gql/graphql'
import { counted } from '../../format/numbers'
import { Prose } from '../../ui/prose'
import { Time } from '../../ui/time'
import styles from './settings.module.css'

export type Preview = PreviewSettingsQuery['previewDataExport']

/** What a change does to the files, as the API says it. */
export function Effects({ preview }: { readonly preview: Preview }): ReactNode {
  const { activated, deactivated, unchanged, notices, dataExport } = preview
  const [next] = dataExport?.schedule.nextRunTimes ?? []
  return (
    <ul className={styles['effects']}>
      {activated.length > 0 && (
        <li>
          <strong>{counted(activated.length, 'entity becomes', 'entities become')} active:</strong> {namesOf(activated)}
          . A new entity begins with its whole history. One that was exported before continues where it ended.
        </li>
      )}
      {deactivated.length > 0 && (
        <li>
          <strong>{counted(deactivated.length, 'entity becomes', 'entities become')} inactive:</strong>{' '}
          {namesOf(deactivated)}. No more files come. Files that are delivered stay.
        </li>
      )}
      {unchanged.length > 0 && <li>{counted(unchanged.length, 'entity stays', 'entities stay')} active.</li>}
      {notices.map(({ code, message }) => (
        <li key={code}>
          <Prose text={message} />
        </li>
      ))}
      <li>
        {next === undefined ? (
          'No run is planned.'
        ) : (
          <>
            The next run starts at <Time value={next} />.
          </>
        )}
      </li>
    </ul>
  )
}

function namesOf(entities: readonly { readonly displayName: string }[]): string {
  return entities.map(({ displayName }) => displayName).join(', ')
}
