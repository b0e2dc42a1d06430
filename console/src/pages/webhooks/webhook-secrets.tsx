import type { ReactNode } from 'react'
import { useMutation } from 'urql'
import type { WebhookCardFragment } from '../../gql/graphql'
import { Button } from '../../ui/button'
import { CopyButton } from '../../ui/copy'
import { DataTable, type TableColumn } from '../../ui/data-table'
import { Time } from '../../ui/time'
import { UserErrors } from '../../ui/user-errors'
import { RemoveWebhookSecretDocument } from './webhooks-query'
import styles from './webhooks.module.css'

type Secret = WebhookCardFragment['secrets'][number]

/** The secrets that sign, without the secrets themselves. One of two can be removed. */
export function WebhookSecrets({ webhook }: { readonly webhook: WebhookCardFragment }): ReactNode {
  const [{ data, fetching }, remove] = useMutation(RemoveWebhookSecretDocument)
  const { id: webhookId, label, secrets } = webhook
  if (secrets.length === 0) return null
  const columns = columnsOf(secrets, fetching, ({ id }) => void remove({ id: webhookId, secretId: id }))
  return (
    <>
      <DataTable label={`Secrets of ${label}`} columns={columns} rows={secrets} keyOf={({ id }) => id} />
      <UserErrors errors={data?.removeWebhookSecret.userErrors ?? []} what="The secret was not removed" />
    </>
  )
}

function columnsOf(
  secrets: readonly Secret[],
  isPending: boolean,
  onRemove: (secret: Secret) => void,
): readonly TableColumn<Secret>[] {
  const always: readonly TableColumn<Secret>[] = [
    { id: 'signature', title: 'Signature', cell: ({ signature }) => signature },
    { id: 'key', title: 'Public key', cell: (secret) => <PublicKey secret={secret} /> },
    { id: 'created', title: 'Made', cell: ({ createdAt }) => <Time value={createdAt} /> },
  ]
  if (secrets.length === 1) return always
  const remove: TableColumn<Secret> = {
    id: 'remove',
    title: 'Remove',
    cell: (secret) => (
      <Button
        small
        aria-label={`Remove the ${secret === secrets[0] ? 'older' : 'newer'} secret (${secret.signature})`}
        isPending={isPending}
        onPress={() => onRemove(secret)}
      >
        Remove
      </Button>
    ),
  }
  return [...always, remove]
}

function PublicKey({ secret: { publicKey } }: { readonly secret: Secret }): ReactNode {
  if (!publicKey) return 'none: the secret was shown once'
  return (
    <span className={styles['copied']}>
      <code>{publicKey}</code>
      <CopyButton text={publicKey} what="the public key" />
    </span>
  )
}
