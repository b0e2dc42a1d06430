import { type ReactNode, useState } from 'react'
import { useMutation } from 'urql'
import { counted } from '../../format/numbers'
import { Button } from '../../ui/button'
import { Failure } from '../../ui/failure'
import { Notice } from '../../ui/notice'
import { Section } from '../../ui/page'
import type { CatalogEntity } from './catalog'
import { Conflict } from './conflict'
import { type Base, baseOf, changesBetween, errorsOf, inputOf, rebased } from './draft'
import { SaveDialog } from './save-dialog'
import { Saved } from './saved'
import styles from './settings.module.css'
import { SaveSettingsDocument } from './settings-query'
import { allSettings } from './settings/all-settings'
import { useDraft } from './use-draft'
import { usePreview } from './use-preview'

interface SettingsFormProps {
  readonly tenantId: string
  readonly catalog: readonly CatalogEntity[]
  /** The registration as it is now. */
  readonly current: Base
  /** Whether there is no registration yet. */
  readonly isFirst: boolean
}

export function SettingsForm({ tenantId, catalog, current, isFirst }: SettingsFormProps): ReactNode {
  const { draft, isChanged, isRestored, setValue, replace, discard } = useDraft(tenantId, current)
  const [isReviewing, setReviewing] = useState(false)
  const { preview, isPresent, error: previewError } = usePreview(inputOf(allSettings, draft))
  const [saved, save] = useMutation(SaveSettingsDocument)
  const [isSaved, setSaved] = useState(false)
  const answer = saved.data?.registerDataExport
  const isConflict = answer?.userErrors.some(({ code }) => code === 'VERSION_CONFLICT') ?? false
  // Once the draft is on top of theirs, or is discarded, the conflict is over.
  const isOpen = isConflict && isChanged && (answer?.dataExport?.version ?? 0) > draft.base.version
  const theirs = isOpen ? answer?.dataExport : undefined
  const errors = (isPresent && preview?.userErrors) || []
  const changes = changesBetween(allSettings, draft.base.values, draft.values)
  const canSave = isChanged || (isFirst && !isSaved)

  const change = (id: string, value: unknown): void => {
    setSaved(false)
    setValue(id, value)
  }
  const submit = async (): Promise<void> => {
    const { data } = await save({ input: inputOf(allSettings, draft) })
    if (!data) return
    const { dataExport, userErrors } = data.registerDataExport
    // A conflict has its own place in the page. Other errors stay in the dialog.
    setReviewing(userErrors.some(({ code }) => code !== 'VERSION_CONFLICT'))
    if (userErrors.length > 0 || !dataExport) return
    discard(baseOf(allSettings, dataExport))
    setSaved(true)
  }

  return (
    <>
      {isRestored && (
        <Notice
          tone="info"
          title="Your changes from before are still here."
          actions={
            <Button small onPress={() => discard()}>
              Discard them
            </Button>
          }
        >
          <p>They are not saved yet.</p>
        </Notice>
      )}
      {theirs && (
        <Conflict
          draft={draft}
          theirs={{ ...baseOf(allSettings, theirs), savedBy: theirs.updatedBy, savedAt: theirs.updatedAt }}
          onKeepMine={() => replace(rebased(allSettings, draft, baseOf(allSettings, theirs)))}
          onTakeTheirs={() => discard(baseOf(allSettings, theirs))}
        />
      )}
      {isSaved && answer && <Saved answer={answer} key={answer.dataExport?.version} />}
      {previewError && <Failure error={previewError} what="The effects of the changes can't be computed" />}
      {allSettings.map((setting) => (
        <Section key={setting.id} title={setting.title} lead={setting.lead}>
          <setting.Form
            value={draft.values[setting.id]}
            saved={isFirst ? undefined : current.values[setting.id]}
            onChange={(value) => change(setting.id, value)}
            errors={isChanged ? errorsOf(setting, errors) : []}
            catalog={catalog}
            nextRunTimes={preview?.dataExport?.schedule.nextRunTimes}
          />
        </Section>
      ))}
      {canSave && (
        <div className={styles['bar']} role="region" aria-label="Unsaved changes">
          <p aria-live="polite">
            {changes.length === 0
              ? 'Nothing is chosen yet.'
              : `${counted(changes.length, 'setting')} changed, not saved.`}
          </p>
          <div className={styles['barButtons']}>
            {isChanged && <Button onPress={() => discard()}>Discard</Button>}
            <Button look="primary" isDisabled={!isChanged || errors.length > 0} onPress={() => setReviewing(true)}>
              Review and save
            </Button>
          </div>
        </div>
      )}
      {isReviewing && (
        <SaveDialog
          changes={changes}
          preview={isPresent ? preview : undefined}
          error={saved.error}
          userErrors={answer?.userErrors ?? []}
          isSaving={saved.fetching}
          onSave={() => void submit()}
          onClose={() => setReviewing(false)}
        />
      )}
    </>
  )
}
