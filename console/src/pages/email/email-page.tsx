import { type ReactNode, useState } from 'react'
import { useQuery } from 'urql'
import type { EmailRecipientLineFragment } from '../../gql/graphql'
import { Badge } from '../../ui/badge'
import { Button } from '../../ui/button'
import { DataTable, type TableColumn } from '../../ui/data-table'
import { Failure } from '../../ui/failure'
import { Empty, Loading, Notice } from '../../ui/notice'
import { Page, Section } from '../../ui/page'
import { Time } from '../../ui/time'
import { AddRecipient } from './add-recipient'
import { ChangeKinds } from './change-kinds'
import { EmailRecipientsDocument } from './email-query'
import { kindsInWords, stateWords } from './email-words'
import { RemoveRecipient } from './remove-recipient'
import { ResendVerification } from './resend-verification'
import styles from './email.module.css'

/** Without a recipient yet, the cache would not know that an added one changes the answer. */
const withRecipients = { additionalTypenames: ['EmailRecipient'] }

export function EmailPage(): ReactNode {
  const [{ data, error }, refresh] = useQuery({ query: EmailRecipientsDocument, context: withRecipients })
  const found = data?.exportEmailRecipients
  return (
    <Page title="Email" lead="Who gets an email when your exports have a problem, change or are delivered.">
      {error && (
        <Failure
          error={error}
          what="The recipients can't be shown"
          onRetry={() => refresh({ requestPolicy: 'network-only' })}
        />
      )}
      {!found && !error && (
        <Section>
          <Loading what="Loading the recipients" />
        </Section>
      )}
      {found && <RecipientsSection isAvailable={found.isAvailable} recipients={found.recipients} />}
    </Page>
  )
}

interface Done {
  readonly sentence: string
  readonly isGood: boolean
}

interface RecipientsSectionProps {
  readonly isAvailable: boolean
  readonly recipients: readonly EmailRecipientLineFragment[]
}

function RecipientsSection({ isAvailable, recipients }: RecipientsSectionProps): ReactNode {
  const [isAdding, setAdding] = useState(false)
  const [done, setDone] = useState<Done>()
  const say = (sentence: string, isGood = true): void => setDone({ sentence, isGood })
  const added = ({ email }: EmailRecipientLineFragment): void => {
    setAdding(false)
    say(`An email with a link goes to ${email}. It gets other emails once its owner has confirmed the address.`)
  }
  return (
    <Section
      title="Recipients"
      lead="Each address confirms that it wants emails, and can unsubscribe with the link in each of them."
      actions={
        isAvailable &&
        !isAdding && (
          <Button look="primary" onPress={() => setAdding(true)}>
            Add an address
          </Button>
        )
      }
    >
      {!isAvailable && (
        <Notice tone="info" title="Emails can't be sent.">
          <p>The operator of the platform has not set up a mail server.</p>
        </Notice>
      )}
      {done && !isAdding && <Notice tone={done.isGood ? 'good' : 'warn'} title={done.sentence} />}
      {isAdding && <AddRecipient onAdded={added} onCancel={() => setAdding(false)} />}
      {recipients.length === 0 && isAvailable && !isAdding && (
        <Empty title="No address gets emails yet.">Add the address of the person who looks after your loader.</Empty>
      )}
      {recipients.length > 0 && (
        <DataTable
          label="Recipients of emails"
          columns={columnsOf(isAvailable, say)}
          rows={recipients}
          keyOf={({ id }) => id}
        />
      )}
    </Section>
  )
}

type Say = (sentence: string, isGood?: boolean) => void

function columnsOf(isAvailable: boolean, say: Say): readonly TableColumn<EmailRecipientLineFragment>[] {
  return [
    { id: 'email', title: 'Address', cell: ({ email }) => <bdi>{email}</bdi> },
    { id: 'state', title: 'State', cell: (recipient) => <State recipient={recipient} /> },
    { id: 'kinds', title: 'Emails', cell: ({ kinds }) => kindsInWords(kinds) },
    {
      id: 'sent',
      title: 'Last email',
      cell: ({ lastSentAt }) => (lastSentAt == null ? 'none yet' : <Time value={lastSentAt} />),
    },
    {
      id: 'actions',
      title: 'Actions',
      cell: (recipient) => <Actions recipient={recipient} isAvailable={isAvailable} say={say} />,
    },
  ]
}

function State({ recipient: { state, problem } }: { readonly recipient: EmailRecipientLineFragment }): ReactNode {
  const { word, tone } = stateWords[state]
  return (
    <>
      <Badge tone={tone}>{word}</Badge>
      {problem != null && <span className={styles['help']}>{problem}</span>}
    </>
  )
}

interface ActionsProps {
  readonly recipient: EmailRecipientLineFragment
  readonly isAvailable: boolean
  readonly say: Say
}

function Actions({ recipient, isAvailable, say }: ActionsProps): ReactNode {
  const { email, state } = recipient
  return (
    <span className={styles['actions']}>
      {isAvailable && state !== 'VERIFIED' && <ResendVerification recipient={recipient} onDone={say} />}
      <ChangeKinds recipient={recipient} onChanged={() => say(`The emails to ${email} are changed.`)} />
      <RemoveRecipient recipient={recipient} onRemoved={() => say(`${email} is removed.`)} />
    </span>
  )
}
