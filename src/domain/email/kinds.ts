import { namesOf } from '../described.js'

/** What a recipient of email can choose. */
export const emailKinds = {
  PROBLEMS:
    'One email when a run fails or files are overdue, one a day while it lasts, and one when everything is delivered again.',
  CHANGES: 'An email when full loads are delivered and when the columns of files change, at most one an hour.',
  DELIVERIES: 'One email a day about the files that were delivered, and about files that will be removed soon.',
} as const
export type EmailKind = keyof typeof emailKinds

/** What a recipient gets that chooses nothing. */
export const defaultEmailKinds: readonly EmailKind[] = ['PROBLEMS']

export function isEmailKind(text: string): text is EmailKind {
  return Object.hasOwn(emailKinds, text)
}

/** Each kind once, in the order of their definition. */
export function sortedKinds(kinds: readonly EmailKind[]): EmailKind[] {
  return namesOf(emailKinds).filter((kind) => kinds.includes(kind))
}
