import type { ReactNode } from 'react'
import { useMutation } from 'urql'
import type { WebhookDeliveryLineFragment } from '../../gql/graphql'
import { Badge } from '../../ui/badge'
import { Button } from '../../ui/button'
import { DataTable, type TableColumn } from '../../ui/data-table'
import { Failure } from '../../ui/failure'
import { Empty } from '../../ui/notice'
import { Time } from '../../ui/time'
import { UserErrors } from '../../ui/user-errors'
import { wordsOf } from '../events/event-words'
import { outcomeOf } from './webhook-words'
import { ReplayWebhookDocument } from './webhooks-query'

interface WebhookDeliveriesProps {
  readonly webhookId: string
  readonly label: string
  readonly deliveries: readonly WebhookDeliveryLineFragment[]
  readonly onReplayed: () => void
}

/** What became of the last events. Each can be sent again. */
export function WebhookDeliveries({ webhookId, label, deliveries, onReplayed }: WebhookDeliveriesProps): ReactNode {
  const [{ data, error, fetching }, replay] = useMutation(ReplayWebhookDocument)
  const again = async (eventId: string): Promise<void> => {
    const { data: answer } = await replay({ id: webhookId, input: { eventId } })
    if (answer?.replayWebhookDeliveries.events) onReplayed()
  }
  const columns = columnsOf(fetching, (eventId) => void again(eventId))
  if (deliveries.length === 0) return <Empty title="No event was sent yet." />
  return (
    <>
      <DataTable label={`Deliveries of ${label}`} columns={columns} rows={deliveries} keyOf={({ id }) => id} />
      {error && <Failure error={error} what="The event was not sent again" />}
      <UserErrors errors={data?.replayWebhookDeliveries.userErrors ?? []} what="The event was not sent again" />
    </>
  )
}

function columnsOf(
  isPending: boolean,
  onReplay: (eventId: string) => void,
): readonly TableColumn<WebhookDeliveryLineFragment>[] {
  return [
    { id: 'number', title: 'Event', cell: ({ number, type }) => `${number}: ${wordsOf(type).name}` },
    { id: 'at', title: 'Happened', cell: ({ at }) => <Time value={at} /> },
    { id: 'status', title: 'Delivery', cell: (delivery) => <Outcome delivery={delivery} /> },
    {
      id: 'next',
      title: 'Next attempt',
      cell: ({ nextAttemptAt }) => (nextAttemptAt ? <Time value={nextAttemptAt} /> : '–'),
    },
    {
      id: 'replay',
      title: 'Again',
      cell: ({ eventId, number }) => (
        <Button small aria-label={`Send event ${number} again`} isPending={isPending} onPress={() => onReplay(eventId)}>
          Send again
        </Button>
      ),
    },
  ]
}

function Outcome({ delivery }: { readonly delivery: WebhookDeliveryLineFragment }): ReactNode {
  const { tone, text } = outcomeOf(delivery)
  return <Badge tone={tone}>{text}</Badge>
}
