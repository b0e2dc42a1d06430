import type { EmailKind, EmailRecipientState } from '../../gql/graphql'
import type { Tone } from '../../ui/tone'

interface KindWords {
  readonly kind: EmailKind
  readonly label: string
  readonly help: string
}

/** What a recipient can choose. */
export const kindChoices: readonly KindWords[] = [
  {
    kind: 'PROBLEMS',
    label: 'Problems',
    help: 'One email when a run fails or files are late, one a day while it lasts, and one when it is over.',
  },
  { kind: 'CHANGES', label: 'Changes', help: 'Full loads, and changed columns. At most one email an hour.' },
  { kind: 'DELIVERIES', label: 'Deliveries', help: 'One email a day about the files that were delivered.' },
]

/** `Problems, changes`. */
export function kindsInWords(kinds: readonly EmailKind[]): string {
  const words = kindChoices.filter(({ kind }) => kinds.includes(kind)).map(({ label }) => label.toLowerCase())
  const text = words.join(', ')
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
}

/** The kinds with one more or one less, in their order. */
export function withKind(kinds: readonly EmailKind[], kind: EmailKind, isChosen: boolean): EmailKind[] {
  const chosen = isChosen ? [...kinds, kind] : kinds.filter((each) => each !== kind)
  return kindChoices.flatMap((choice) => (chosen.includes(choice.kind) ? [choice.kind] : []))
}

/** The badge of a recipient. */
export const stateWords: Readonly<Record<EmailRecipientState, { readonly word: string; readonly tone: Tone }>> = {
  UNVERIFIED: { word: 'Not confirmed', tone: 'warn' },
  VERIFIED: { word: 'Verified', tone: 'good' },
  BOUNCING: { word: 'Bouncing', tone: 'bad' },
  UNSUBSCRIBED: { word: 'Unsubscribed', tone: 'neutral' },
}
