import { type ReactNode, useState } from 'react'
import { useMutation } from 'urql'
import type { EmailRecipientLineFragment } from '../../gql/graphql'
import { Button } from '../../ui/button'
import { Confirm } from '../../ui/dialog'
import { Failure } from '../../ui/failure'
import { UserErrors } from '../../ui/user-errors'
import { ChangeEmailRecipientDocument } from './email-query'
import { KindsField } from './kinds-field'

interface ChangeKindsProps {
  readonly recipient: EmailRecipientLineFragment
  readonly onChanged: () => void
}

export function ChangeKinds({ recipient: { id, email, kinds: before }, onChanged }: ChangeKindsProps): ReactNode {
  const [isOpen, setOpen] = useState(false)
  const [kinds, setKinds] = useState(before)
  const [{ data, error, fetching }, change] = useMutation(ChangeEmailRecipientDocument)
  const open = (): void => {
    setKinds(before)
    setOpen(true)
  }
  const confirm = async (): Promise<void> => {
    const { data: answer } = await change({ id, kinds: [...kinds] })
    if (!answer?.changeEmailRecipient.recipient) return
    setOpen(false)
    onChanged()
  }
  return (
    <>
      <Button small aria-label={`Change the emails to ${email}`} onPress={open}>
        Change
      </Button>
      <Confirm
        title={`Emails to ${email}`}
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        action="Save"
        isPending={fetching}
        isDisabled={kinds.length === 0}
        onConfirm={() => void confirm()}
      >
        <KindsField kinds={kinds} onChange={setKinds} />
        {error && <Failure error={error} what="Nothing was changed" />}
        <UserErrors errors={data?.changeEmailRecipient.userErrors ?? []} what="Nothing was changed" />
      </Confirm>
    </>
  )
}
