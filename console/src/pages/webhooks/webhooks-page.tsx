import { type ReactNode, useState } from 'react'
import { useQuery } from 'urql'
import type { WebhookCardFragment, WebhookDeliveriesQuery } from '../../gql/graphql'
import { Badge } from '../../ui/badge'
import { Button } from '../../ui/button'
import { Failure } from '../../ui/failure'
import { Empty, Loading, Notice } from '../../ui/notice'
import { Page, Section } from '../../ui/page'
import { wordsOf } from '../events/event-words'
import { AddWebhook } from './add-webhook'
import { NewSecret } from './new-secret'
import { WebhookActions } from './webhook-actions'
import { WebhookDeliveries } from './webhook-deliveries'
import { WebhookSecrets } from './webhook-secrets'
import { stateOf } from './webhook-words'
import { WebhookDeliveriesDocument, WebhooksDocument } from './webhooks-query'

/** Without a webhook yet, the cache would not know that an added one changes the answer. */
const withWebhooks = { additionalTypenames: ['Webhook'] }

interface Done {
  readonly text: string
  readonly secret?: string | null | undefined
}

export function WebhooksPage(): ReactNode {
  const [{ data, error }, refresh] = useQuery({ query: WebhooksDocument, context: withWebhooks })
  const [sent, refreshSent] = useQuery({ query: WebhookDeliveriesDocument, context: withWebhooks })
  const [isAdding, setAdding] = useState(false)
  const [done, setDone] = useState<Done>()
  const webhooks = data?.exportWebhooks
  return (
    <Page
      title="Webhooks"
      lead="Tidemark posts events of your export to your endpoints: files were delivered, a run failed, files are late."
      actions={
        <>
          <Button onPress={() => refreshSent({ requestPolicy: 'network-only' })}>Refresh</Button>
          {!isAdding && (
            <Button look="primary" onPress={() => setAdding(true)}>
              Add a webhook
            </Button>
          )}
        </>
      }
    >
      {error && (
        <Failure
          error={error}
          what="The webhooks can't be shown"
          onRetry={() => refresh({ requestPolicy: 'network-only' })}
        />
      )}
      {done && <NewSecret title={done.text} secret={done.secret} />}
      {isAdding && (
        <Section title="Add a webhook">
          <AddWebhook
            onAdded={({ webhook, secret }) => {
              setAdding(false)
              setDone({ text: `The webhook “${webhook?.label}” is added.`, secret })
            }}
            onCancel={() => setAdding(false)}
          />
        </Section>
      )}
      {!webhooks && !error && (
        <Section>
          <Loading what="Loading the webhooks" />
        </Section>
      )}
      {webhooks?.length === 0 && !isAdding && (
        <Section>
          <Empty title="There is no webhook yet.">Add the URL of a program that receives events.</Empty>
        </Section>
      )}
      {webhooks?.map((webhook) => (
        <WebhookCard
          key={webhook.id}
          webhook={webhook}
          deliveries={deliveriesOf(sent.data, webhook.id)}
          onDone={(text, secret) => {
            setDone({ text, secret })
            refreshSent({ requestPolicy: 'network-only' })
          }}
        />
      ))}
    </Page>
  )
}

type Deliveries = WebhookDeliveriesQuery['exportWebhooks'][number]['deliveries']['edges'][number]['node'][]

function deliveriesOf(data: WebhookDeliveriesQuery | undefined, id: string): Deliveries {
  return data?.exportWebhooks.find((each) => each.id === id)?.deliveries.edges.map(({ node }) => node) ?? []
}

interface WebhookCardProps {
  readonly webhook: WebhookCardFragment
  readonly deliveries: Deliveries
  readonly onDone: (text: string, secret?: string | null) => void
}

function WebhookCard({ webhook, deliveries, onDone }: WebhookCardProps): ReactNode {
  const { id, label, url, types, ordered, disabledReason } = webhook
  const { tone, text } = stateOf(webhook)
  return (
    <Section
      title={label}
      lead={
        <>
          <Badge tone={tone}>{text}</Badge> <code>{url}</code>
        </>
      }
      actions={<WebhookActions webhook={webhook} onDone={onDone} />}
    >
      {disabledReason === 'FAILING' && (
        <Notice tone="bad" title="Tidemark has stopped sending, because the endpoint has failed for three days.">
          <p>Fix the endpoint, and resume the webhook. Then send again what has failed.</p>
        </Notice>
      )}
      {disabledReason === 'GONE' && (
        <Notice tone="warn" title="Tidemark has stopped sending, because the endpoint answered with status code 410." />
      )}
      <p>
        {types ? `Only: ${types.map((type) => wordsOf(type).name).join(', ')}` : 'All events'}
        {ordered ? ', in their order.' : '.'}
      </p>
      <WebhookSecrets webhook={webhook} />
      <h3>Last events</h3>
      <WebhookDeliveries
        webhookId={id}
        label={label}
        deliveries={deliveries}
        onReplayed={() => onDone(`An event is sent to “${label}” again.`)}
      />
    </Section>
  )
}
