import type { EmailContent } from './content.js'

/** What a kind of email does with events: its new state, the emails to write, and when it is due again without an event. */
export interface Step<State> {
  /** Undefined: there is nothing to remember. */
  readonly state: State | undefined
  readonly messages: readonly EmailContent[]
  readonly dueAt: Date | null
}
