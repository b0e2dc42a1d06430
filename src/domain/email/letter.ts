import type {
  ChangesContent,
  DeliveriesContent,
  EmailContent,
  ExpiringDay,
  MissingFile,
  ProblemContent,
  RecoveredContent,
} from './content.js'

/** An email before it gets its form. Each paragraph is a text, or a list. */
export interface Letter {
  readonly subject: string
  readonly paragraphs: readonly (string | readonly string[])[]
  /** What the recipient can do. */
  readonly action: LetterLink | null
  /** What is said in small letters at the end. */
  readonly footer: string
  readonly unsubscribe: LetterLink | null
}

export interface LetterLink {
  readonly label: string
  readonly url: string
}

/** What a letter needs beside its content. */
export interface LetterContext {
  /** It was checked: it has letters, digits, dots, hyphens and underscores only. */
  readonly tenantId: string
  /** The link that verifies the address, or that unsubscribes it. */
  readonly tokenUrl: string
  /** The console; null if there is none. */
  readonly consoleUrl: string | null
}

export function letterOf(content: EmailContent, context: LetterContext): Letter {
  const { tenantId, tokenUrl, consoleUrl } = context
  if (content.template === 'VERIFICATION') return verification(context)
  return {
    ...bodyOf(content, tenantId),
    action: consoleUrl === null ? null : { label: 'Open the console', url: consoleUrl },
    footer: `You get this email because this address was confirmed for emails about the data exports of ${tenantId}.`,
    unsubscribe: { label: 'Unsubscribe', url: tokenUrl },
  }
}

type Body = Pick<Letter, 'subject' | 'paragraphs'>
type Other = Exclude<EmailContent, { readonly template: 'VERIFICATION' }>

function bodyOf(content: Other, tenantId: string): Body {
  switch (content.template) {
    case 'PROBLEM':
    case 'PROBLEM_LASTS':
      return problem(content, tenantId)
    case 'RECOVERED':
      return recovered(content, tenantId)
    case 'CHANGES':
      return changes(content, tenantId)
    case 'DELIVERIES':
      return deliveries(content, tenantId)
  }
}

function verification({ tenantId, tokenUrl }: LetterContext): Letter {
  return {
    subject: `Confirm emails about data exports of ${tenantId}`,
    paragraphs: [
      `An administrator of ${tenantId} has entered this address for emails about data exports.`,
      'Open the link and confirm the address. The link works for 24 hours, and once.',
    ],
    action: { label: 'Confirm the address', url: tokenUrl },
    footer:
      'If you do not expect this email, ignore it. Without the confirmation you get no emails about data exports.',
    unsubscribe: null,
  }
}

const nothingLost = 'Nothing is lost: the next files cover what is missing.'

function problem({ template, since, failedRuns, isOverdue, missing }: ProblemContent, tenantId: string): Body {
  const lasts = template === 'PROBLEM_LASTS'
  return {
    subject: lasts ? `Data exports of ${tenantId} still have a problem` : `Data exports of ${tenantId} have a problem`,
    paragraphs: [
      lasts
        ? `The data exports of ${tenantId} have a problem since ${time(since)}. It lasts.`
        : `The data exports of ${tenantId} have a problem since ${time(since)}.`,
      ...(isOverdue ? ['Files are overdue: they were expected earlier and are not there.'] : []),
      ...(lasts && failedRuns > 0 ? [`Runs that have failed since the email before: ${failedRuns}.`] : []),
      ...(missing.length > 0 ? ['The last run that failed has not delivered:', missing.map(missingLine)] : []),
      nothingLost,
      lasts
        ? 'The next email comes tomorrow, or when everything is delivered.'
        : 'While the problem lasts you get one email a day, and one when everything is delivered.',
    ],
  }
}

function missingLine({ entity, code, message }: MissingFile): string {
  return `${entity ?? 'all entities'}: ${[code ?? 'not exported', message].filter((part) => part !== null).join('. ')}`
}

function recovered({ since, until }: RecoveredContent, tenantId: string): Body {
  return {
    subject: `Data exports of ${tenantId} work again`,
    paragraphs: [
      `A run has delivered every active entity of ${tenantId} at ${time(until)}.`,
      `The problem had lasted since ${time(since)}. The new files cover what was missing.`,
    ],
  }
}

const changeWords = {
  FULL_LOAD: 'full load delivered',
  COLUMNS: 'the columns of the files change',
} as const

function changes({ changes: all, more }: ChangesContent, tenantId: string): Body {
  return {
    subject: `Changes in the data exports of ${tenantId}`,
    paragraphs: [
      `In the data exports of ${tenantId} this has changed:`,
      all.map(({ at, kind, entities }) => `${time(at)}: ${changeWords[kind]}${ofEntities(entities)}`),
      ...(more > 0 ? [`Further changes: ${more}.`] : []),
      'Load a full load in place of the rows that you have. After a change of columns, check that your loader accepts them.',
    ],
  }
}

function ofEntities(entities: readonly string[]): string {
  return entities.length === 0 ? '' : ` (${entities.join(', ')})`
}

function deliveries(content: DeliveriesContent, tenantId: string): Body {
  const { since, until, runs, entities, expiring } = content
  const files = entities.reduce((sum, each) => sum + each.files, 0)
  const expiringLine = ({ day, removedOn }: ExpiringDay): string =>
    removedOn === null ? `the files of ${day}` : `the files of ${day}, on ${removedOn} or later`
  return {
    subject: `Deliveries of data exports of ${tenantId}`,
    paragraphs: [
      `Between ${time(since)} and ${time(until)} these files of ${tenantId} were delivered. Runs: ${runs}. Files: ${files}.`,
      ...(entities.length > 0
        ? [entities.map((each) => `${each.entity}: files ${each.files}, rows ${each.rows}`)]
        : []),
      ...(expiring.length > 0
        ? ['Their retention time ends, so these files will be removed:', expiring.map(expiringLine)]
        : []),
    ],
  }
}

/** `2026-11-28 07:00 UTC`. A text that is no time stays as it is. */
function time(iso: string): string {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(iso) ? `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC` : iso
}
