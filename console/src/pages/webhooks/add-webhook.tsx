import { type FormEvent, type ReactNode, useState } from 'react'
import { Form } from 'react-aria-components'
import { useMutation } from 'urql'
import type { AddWebhookMutation, AddWebhookMutationVariables, ExportEventType } from '../../gql/graphql'
import { Button } from '../../ui/button'
import { DialogButtons } from '../../ui/dialog'
import { Failure } from '../../ui/failure'
import { Checkbox, Select, TextField } from '../../ui/fields'
import { eventTypeNames, eventTypes } from '../events/event-words'
import { AddWebhookDocument } from './webhooks-query'
import styles from './webhooks.module.css'

type Added = AddWebhookMutation['addWebhook']
type Kind = NonNullable<AddWebhookMutationVariables['input']['kind']>
type Signature = NonNullable<AddWebhookMutationVariables['input']['signature']>

const kinds = [
  { value: 'STANDARD', label: 'Signed JSON (Standard Webhooks)' },
  { value: 'SLACK', label: 'Slack' },
  { value: 'TEAMS', label: 'Microsoft Teams' },
] as const
const signatures = [
  { value: 'HMAC', label: 'HMAC: a secret that you share with Tidemark' },
  { value: 'ED25519', label: 'Ed25519: a public key that you verify with' },
] as const

interface AddWebhookProps {
  readonly onAdded: (added: Added) => void
  readonly onCancel: () => void
}

export function AddWebhook({ onAdded, onCancel }: AddWebhookProps): ReactNode {
  const [url, setUrl] = useState('')
  const [label, setLabel] = useState('')
  const [types, setTypes] = useState<readonly ExportEventType[]>([])
  const [kind, setKind] = useState<Kind>('STANDARD')
  const [signature, setSignature] = useState<Signature>('HMAC')
  const [isOrdered, setOrdered] = useState(false)
  const [{ data, error, fetching }, add] = useMutation(AddWebhookDocument)
  const submit = async (): Promise<void> => {
    const input = {
      url: url.trim(),
      label,
      kind,
      types: types.length === 0 ? null : types,
      ordered: isOrdered,
      signature,
    }
    const { data: answer } = await add({ input })
    if (answer?.addWebhook.webhook) onAdded(answer.addWebhook)
  }
  const errorOf = (field: string) =>
    data?.addWebhook.userErrors
      .filter(({ path }) => (path.at(-1) ?? 'url') === field)
      .map(({ message }) => message)
      .join(' ')
  return (
    <Form
      className={styles['form']}
      aria-label="Add a webhook"
      onSubmit={(event: FormEvent) => {
        event.preventDefault()
        void submit()
      }}
    >
      <Select label="Form" choices={kinds} value={kind} onChange={setKind} />
      <TextField
        label="URL"
        help="It begins with https://. Tidemark posts a challenge to it now, which it must answer within 5 seconds."
        placeholder="https://hooks.example.com/tidemark"
        value={url}
        onChange={setUrl}
        error={errorOf('url')}
      />
      <TextField
        label="Label"
        help="A name by which you recognize the webhook."
        value={label}
        onChange={setLabel}
        error={errorOf('label')}
      />
      <fieldset className={styles['types']}>
        <legend>Events. Without a choice, the webhook receives all of them.</legend>
        {eventTypeNames.map((type) => (
          <Checkbox
            key={type}
            isSelected={types.includes(type)}
            onChange={(isSelected) =>
              setTypes((before) => (isSelected ? [...before, type] : before.filter((each) => each !== type)))
            }
          >
            {eventTypes[type].name}
          </Checkbox>
        ))}
      </fieldset>
      {kind === 'STANDARD' && (
        <Select label="Signature" choices={signatures} value={signature} onChange={setSignature} />
      )}
      <Checkbox isSelected={isOrdered} onChange={setOrdered}>
        Keep the order: an event waits until all earlier ones are delivered.
      </Checkbox>
      {error && <Failure error={error} what="The webhook was not added" />}
      <DialogButtons>
        <Button onPress={onCancel}>Cancel</Button>
        <Button look="primary" type="submit" isPending={fetching} isDisabled={url.trim() === '' || label.trim() === ''}>
          Add the webhook
        </Button>
      </DialogButtons>
    </Form>
  )
}
