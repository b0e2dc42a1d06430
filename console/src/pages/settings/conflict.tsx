import type { ReactNode } from 'react'
import { Button } from '../../ui/button'
import { Notice } from '../../ui/notice'
import { Time } from '../../ui/time'
import { ChangesList } from './changes-list'
import { type Base, changesBetween, type Draft, rebased } from './draft'
import { allSettings } from './settings/all-settings'
import styles from './settings.module.css'

interface ConflictProps {
  readonly draft: Draft
  readonly theirs: Base & { readonly savedBy: string; readonly savedAt: string }
  readonly onKeepMine: () => void
  readonly onTakeTheirs: () => void
}

/** Somebody else has saved in the meantime: what they changed, what I changed, and how to go on. */
export function Conflict({ draft, theirs, onKeepMine, onTakeTheirs }: ConflictProps): ReactNode {
  const together = changesBetween(allSettings, theirs.values, rebased(allSettings, draft, theirs).values)
  return (
    <Notice
      tone="warn"
      title="The settings were changed in the meantime. Nothing was saved."
      actions={
        <>
          <Button look="primary" onPress={onKeepMine}>
            Put my changes on top of theirs
          </Button>
          <Button onPress={onTakeTheirs}>Discard my changes</Button>
        </>
      }
    >
      <p>
        {theirs.savedBy} saved version {theirs.version} on <Time value={theirs.savedAt} />.
      </p>
      <div className={styles['sides']}>
        <section aria-label="Their changes">
          <h3>Their changes</h3>
          <ChangesList changes={changesBetween(allSettings, draft.base.values, theirs.values)} />
        </section>
        <section aria-label="Your changes">
          <h3>Your changes</h3>
          <ChangesList changes={changesBetween(allSettings, draft.base.values, draft.values)} />
        </section>
      </div>
      <h3>Your changes on top of theirs</h3>
      {together.length === 0 ? <p>Their settings include your changes already.</p> : <ChangesList changes={together} />}
    </Notice>
  )
}
