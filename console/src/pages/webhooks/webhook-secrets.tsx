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
  if (webhook.secrets.length === 0) return null
  const columns: readonly TableColumn<Secret>[] = [
    { id: 'signature', title: 'Signature', cell: ({ signature }) => signature },
    { id: 'key', title: 'Public key', cell: (secret) => <PublicKey secret={secret} /> },
    { id: 'created', title: 'Made', cell: ({ createdAt }) => <Time value={createdAt} /> },
    ...(webhook.secrets.length > 1
      ? [
          {
            id: 'remove',
            title: 'Remove',
            cell: ({ id, signature }: Secret) => (
              <Button
                small
                aria-label={`Remove the ${id === webhook.secrets[0]?.id ? 'older' : 'newer'} secret (${signature})`}
                isPending={fetching}
                onPress={() => void remove({ id: webhook.id, secretId: id })}
              >
                Remove
              </Button>
            ),
          },
        ]
      : []),
  ]
  return (
    <>
      <DataTable
        label={`Secrets of ${webhook.label}`}
        columns={columns}
        rows={webhook.secrets}
        keyOf={({ id }) => id}
      />
      <UserErrors errors={data?.removeWebhookSecret.userErrors ?? []} what="The secret was not removed" />
    </>
  )
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
