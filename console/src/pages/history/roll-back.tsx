import { type ReactNode, useState } from 'react'
import { useMutation } from 'urql'
import { Button } from '../../ui/button'
import { Confirm } from '../../ui/dialog'
import { Failure } from '../../ui/failure'
import { Loading, Notice } from '../../ui/notice'
import { UserErrors } from '../../ui/user-errors'
import { ChangesList } from '../settings/changes-list'
import { type Base, changesBetween, inputOf, type Values, valuesInCatalog } from '../settings/draft'
import { Effects } from '../settings/effects'
import { allSettings } from '../settings/settings/all-settings'
import { SaveSettingsDocument } from '../settings/settings-query'
import { usePreview } from '../settings/use-preview'

interface RollBackProps {
  readonly version: number
  /** The settings of that version. */
  readonly values: Values
  /** The registration as it is now. */
  readonly now: Base
  /** The display names of the catalog. */
  readonly catalog: readonly string[]
}

/** Saves the settings of a former version as a new version. */
export function RollBack(props: RollBackProps): ReactNode {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button onPress={() => setOpen(true)}>Go back to this version</Button>
      {isOpen && <RollBackDialog {...props} onClose={() => setOpen(false)} />}
    </>
  )
}

function RollBackDialog({
  version,
  values,
  now,
  catalog,
  onClose,
}: RollBackProps & { readonly onClose: () => void }): ReactNode {
  const { values: possible, left } = valuesInCatalog(allSettings, values, catalog)
  const input = inputOf(allSettings, { base: now, values: possible })
  const { preview, isPresent, error } = usePreview(input)
  const [saved, save] = useMutation(SaveSettingsDocument)
  const changes = changesBetween(allSettings, now.values, possible)
  const failure = error ?? saved.error
  // After a conflict, the page has read the registration anew, and the answer is about another version.
  const isCurrent = (saved.operation?.variables.input.expectedVersion ?? now.version) === now.version
  const errors = (isCurrent && saved.data?.registerDataExport.userErrors) || (preview?.userErrors ?? [])
  const confirm = async (): Promise<void> => {
    const { data } = await save({ input })
    if (data && data.registerDataExport.userErrors.length === 0) onClose()
  }
  return (
    <Confirm
      title={`Go back to version ${version}?`}
      isOpen
      onClose={onClose}
      action="Go back"
      isPending={saved.fetching}
      isDisabled={changes.length === 0 || errors.length > 0 || !isPresent}
      onConfirm={() => void confirm()}
    >
      {changes.length === 0 ? (
        <p>The settings are already as in this version.</p>
      ) : (
        <>
          <p>This makes a new version with the settings of version {version}:</p>
          <ChangesList changes={changes} />
          {preview ? <Effects preview={preview} /> : <Loading what="Loading what will change" />}
        </>
      )}
      {left.length > 0 && (
        <Notice tone="warn" title="Some entities are no longer in the data dictionary.">
          <p>They are left out: {left.join(', ')}.</p>
        </Notice>
      )}
      {failure && <Failure error={failure} what="Nothing was changed" />}
      <UserErrors errors={errors} what="Nothing was changed" />
    </Confirm>
  )
}
