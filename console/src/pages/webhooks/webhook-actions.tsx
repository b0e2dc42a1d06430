import { type ReactNode, useState } from 'react'
import { useMutation } from 'urql'
import type { WebhookCardFragment } from '../../gql/graphql'
import { Button } from '../../ui/button'
import { Confirm } from '../../ui/dialog'
import { Failure } from '../../ui/failure'
import { UserErrors } from '../../ui/user-errors'
import {
  RemoveWebhookDocument,
  RotateWebhookSecretDocument,
  TestWebhookDocument,
  UpdateWebhookDocument,
} from './webhooks-query'

interface WebhookActionsProps {
  readonly webhook: WebhookCardFragment
  readonly onDone: (text: string, secret?: string | null) => void
}

/** What a user does with a webhook. */
export function WebhookActions({ webhook, onDone }: WebhookActionsProps): ReactNode {
  const { id, label, kind, pausedAt, disabledAt, secrets } = webhook
  const [updated, update] = useMutation(UpdateWebhookDocument)
  const [tested, test] = useMutation(TestWebhookDocument)
  const [rotated, rotate] = useMutation(RotateWebhookSecretDocument)
  const isActive = !pausedAt && !disabledAt
  const setPaused = async (paused: boolean): Promise<void> => {
    const { data } = await update({ id, input: { paused } })
    if (data?.updateWebhook.webhook) onDone(`The webhook “${label}” is ${paused ? 'paused' : 'active'}.`)
  }
  const sendTest = async (): Promise<void> => {
    const { data } = await test({ id })
    if (data?.testWebhook.eventId) onDone(`A test event is on its way to “${label}”.`)
  }
  const addSecret = async (): Promise<void> => {
    const { data } = await rotate({ id })
    if (data?.rotateWebhookSecret.webhook) {
      onDone(`The webhook “${label}” has a second secret.`, data.rotateWebhookSecret.secret)
    }
  }
  const errors = [
    ...(updated.data?.updateWebhook.userErrors ?? []),
    ...(tested.data?.testWebhook.userErrors ?? []),
    ...(rotated.data?.rotateWebhookSecret.userErrors ?? []),
  ]
  const error = updated.error ?? tested.error ?? rotated.error
  return (
    <>
      <Button small isDisabled={!isActive} isPending={tested.fetching} onPress={() => void sendTest()}>
        Send a test
      </Button>
      <Button small isPending={updated.fetching} onPress={() => void setPaused(isActive)}>
        {isActive ? 'Pause' : 'Resume'}
      </Button>
      {kind === 'STANDARD' && secrets.length < 2 && (
        <Button small isPending={rotated.fetching} onPress={() => void addSecret()}>
          Add a second secret
        </Button>
      )}
      <RemoveWebhook webhook={webhook} onDone={onDone} />
      {error && <Failure error={error} what="The webhook was not changed" />}
      <UserErrors errors={errors} what="The webhook was not changed" />
    </>
  )
}

function RemoveWebhook({ webhook: { id, label }, onDone }: WebhookActionsProps): ReactNode {
  const [isOpen, setOpen] = useState(false)
  const [{ data, error, fetching }, remove] = useMutation(RemoveWebhookDocument)
  const confirm = async (): Promise<void> => {
    const { data: answer } = await remove({ id })
    if (!answer?.removeWebhook.webhook) return
    setOpen(false)
    onDone(`The webhook “${label}” is removed.`)
  }
  return (
    <>
      <Button small aria-label={`Remove the webhook ${label}`} onPress={() => setOpen(true)}>
        Remove
      </Button>
      <Confirm
        title="Remove this webhook?"
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        action="Remove the webhook"
        isDangerous
        isPending={fetching}
        onConfirm={() => void confirm()}
      >
        <p>
          <strong>
            <bdi>{label}</bdi>
          </strong>{' '}
          receives no further event. Its secrets and the list of its deliveries are removed.
        </p>
        {error && <Failure error={error} what="The webhook was not removed" />}
        <UserErrors errors={data?.removeWebhook.userErrors ?? []} what="The webhook was not removed" />
      </Confirm>
    </>
  )
}
