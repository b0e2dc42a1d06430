import type { ReactNode } from 'react'
import { useMutation } from 'urql'
import type { EmailRecipientLineFragment } from '../../gql/graphql'
import { Button } from '../../ui/button'
import { ResendEmailVerificationDocument } from './email-query'

interface ResendVerificationProps {
  readonly recipient: EmailRecipientLineFragment
  /** With a sentence about what has happened, and whether it succeeded. */
  readonly onDone: (sentence: string, isSent: boolean) => void
}

export function ResendVerification({ recipient: { id, email }, onDone }: ResendVerificationProps): ReactNode {
  const [{ fetching }, resend] = useMutation(ResendEmailVerificationDocument)
  const send = async (): Promise<void> => {
    const { data, error } = await resend({ id })
    const problem = data?.resendEmailVerification.userErrors[0]?.message ?? error?.message
    if (problem === undefined) onDone(`An email with a new link goes to ${email}.`, true)
    else onDone(`No email was sent to ${email}: ${problem}`, false)
  }
  return (
    <Button small isPending={fetching} aria-label={`Send the link to ${email} again`} onPress={() => void send()}>
      Send the link again
    </Button>
  )
}
