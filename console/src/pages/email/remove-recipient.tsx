import { type ReactNode, useState } from 'react'
import { useMutation } from 'urql'
import type { EmailRecipientLineFragment } from '../../gql/graphql'
import { Button } from '../../ui/button'
import { Confirm } from '../../ui/dialog'
import { Failure } from '../../ui/failure'
import { UserErrors } from '../../ui/user-errors'
import { RemoveEmailRecipientDocument } from './email-query'

interface RemoveRecipientProps {
  readonly recipient: EmailRecipientLineFragment
  readonly onRemoved: () => void
}

export function RemoveRecipient({ recipient: { id, email }, onRemoved }: RemoveRecipientProps): ReactNode {
  const [isOpen, setOpen] = useState(false)
  const [{ data, error, fetching }, remove] = useMutation(RemoveEmailRecipientDocument)
  const confirm = async (): Promise<void> => {
    const { data: answer } = await remove({ id })
    if (!answer?.removeEmailRecipient.recipient) return
    setOpen(false)
    onRemoved()
  }
  return (
    <>
      <Button small aria-label={`Remove ${email}`} onPress={() => setOpen(true)}>
        Remove
      </Button>
      <Confirm
        title="Remove this address?"
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        action="Remove the address"
        isDangerous
        isPending={fetching}
        onConfirm={() => void confirm()}
      >
        <p>
          <strong>
            <bdi>{email}</bdi>
          </strong>{' '}
          gets no more emails about your exports.
        </p>
        {error && <Failure error={error} what="The address was not removed" />}
        <UserErrors errors={data?.removeEmailRecipient.userErrors ?? []} what="The address was not removed" />
      </Confirm>
    </>
  )
}
