import { type FormEvent, type ReactNode, useState } from 'react'
import { Form } from 'react-aria-components'
import { useMutation } from 'urql'
import type { EmailKind, EmailRecipientLineFragment } from '../../gql/graphql'
import { Button } from '../../ui/button'
import { DialogButtons } from '../../ui/dialog'
import { Failure } from '../../ui/failure'
import { TextField } from '../../ui/fields'
import { UserErrors } from '../../ui/user-errors'
import { AddEmailRecipientDocument } from './email-query'
import { KindsField } from './kinds-field'
import styles from './email.module.css'

interface AddRecipientProps {
  readonly onAdded: (recipient: EmailRecipientLineFragment) => void
  readonly onCancel: () => void
}

export function AddRecipient({ onAdded, onCancel }: AddRecipientProps): ReactNode {
  const [email, setEmail] = useState('')
  const [kinds, setKinds] = useState<readonly EmailKind[]>(['PROBLEMS'])
  const [{ data, error, fetching }, add] = useMutation(AddEmailRecipientDocument)
  const submit = async (): Promise<void> => {
    const { data: answer } = await add({ email, kinds: [...kinds] })
    const recipient = answer?.addEmailRecipient.recipient
    if (recipient) onAdded(recipient)
  }
  const errors = data?.addEmailRecipient.userErrors ?? []
  const ofField = errors.filter(({ path }) => path.includes('email'))
  return (
    <Form
      className={styles['form']}
      aria-label="Add an address"
      onSubmit={(event: FormEvent) => {
        event.preventDefault()
        void submit()
      }}
    >
      <TextField
        label="Address"
        help="It gets an email with a link. Other emails come only after its owner has confirmed the address there."
        placeholder="ana@example.com"
        value={email}
        onChange={setEmail}
        error={ofField.map(({ message }) => message.replace(/^email\b/, 'The text')).join(' ')}
      />
      <KindsField kinds={kinds} onChange={setKinds} />
      {error && <Failure error={error} what="The address was not added" />}
      <UserErrors errors={errors.filter((each) => !ofField.includes(each))} what="The address was not added" />
      <DialogButtons>
        <Button onPress={onCancel}>Cancel</Button>
        <Button
          look="primary"
          type="submit"
          isPending={fetching}
          isDisabled={email.trim() === '' || kinds.length === 0}
        >
          Add the address
        </Button>
      </DialogButtons>
    </Form>
  )
}
