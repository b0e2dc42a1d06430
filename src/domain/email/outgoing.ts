import type { EmailContent } from './content.js'
import { layOut } from './layout.js'
import { letterOf, type LetterContext } from './letter.js'
import type { EmailTokenPurpose } from './recipient.js'

/** An email as a mail server takes it. */
export interface OutgoingEmail {
  /** The same for each attempt, so that a receiver can tell repeated ones. */
  readonly id: string
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  /** For one-click unsubscription (RFC 8058); null if the email has none. */
  readonly unsubscribeUrl: string | null
}

/** What became of an attempt. No problem contains an address or a text of the mail server. */
export type SendResult =
  | { readonly outcome: 'SENT' }
  /** The mail server permanently refuses the address. */
  | { readonly outcome: 'REFUSED'; readonly problem: string }
  /** Another attempt can succeed. `isServer`: the next email would fail as well. */
  | { readonly outcome: 'FAILED'; readonly problem: string; readonly isServer: boolean }

export function purposeOf({ template }: EmailContent): EmailTokenPurpose {
  return template === 'VERIFICATION' ? 'VERIFY' : 'UNSUBSCRIBE'
}

export function outgoingEmail(
  { id, to, content }: { readonly id: string; readonly to: string; readonly content: EmailContent },
  context: LetterContext,
): OutgoingEmail {
  const letter = letterOf(content, context)
  return { id, to, subject: letter.subject, ...layOut(letter), unsubscribeUrl: letter.unsubscribe?.url ?? null }
}
