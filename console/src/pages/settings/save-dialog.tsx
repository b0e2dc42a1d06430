import type { ReactNode } from 'react'
import type { CombinedError } from 'urql'
import { Button } from '../../ui/button'
import { Dialog, DialogButtons } from '../../ui/dialog'
import { Failure } from '../../ui/failure'
import { Loading } from '../../ui/notice'
import { UserErrors } from '../../ui/user-errors'
import { ChangesList } from './changes-list'
import type { SettingChanges } from './draft'
import { Effects, type Preview } from './effects'

interface SaveDialogProps {
  readonly changes: readonly SettingChanges[]
  readonly preview: Preview | undefined
  readonly error: CombinedError | undefined
  readonly userErrors: readonly { readonly message: string }[]
  readonly isSaving: boolean
  readonly onSave: () => void
  readonly onClose: () => void
}

/** Shows what will change before it is saved. */
export function SaveDialog({
  changes,
  preview,
  error,
  userErrors,
  isSaving,
  onSave,
  onClose,
}: SaveDialogProps): ReactNode {
  return (
    <Dialog title="Save these changes?" isOpen onClose={onClose}>
      <ChangesList changes={changes} />
      {preview ? <Effects preview={preview} /> : <Loading what="Loading what will change" />}
      {error && <Failure error={error} what="Nothing was saved" />}
      <UserErrors errors={userErrors} what="Nothing was saved" />
      <DialogButtons>
        <Button onPress={onClose}>Go on editing</Button>
        <Button look="primary" isPending={isSaving} isDisabled={!preview} onPress={onSave}>
          Save
        </Button>
      </DialogButtons>
    </Dialog>
  )
}
