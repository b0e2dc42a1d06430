import { namesOf } from '../domain/described.js'

interface UserErrorDefinition {
  readonly meaning: string
  /** Whether a call over REST can produce it. */
  readonly rest?: true
}

/** Errors that the caller can fix, or that are temporary. A call that returns one of them has changed nothing. */
const definitions = {
  ENTITY_LIST_REQUIRED: { meaning: 'EXPORT_SELECTED requires an entityList with at least one name.', rest: true },
  UNKNOWN_ENTITIES: { meaning: 'The entityList contains names that match no entity.', rest: true },
  INVALID_EXPORT_OPTION: { meaning: 'The export option does not exist. Only REST produces this error.', rest: true },
  INVALID_FREQUENCY: { meaning: 'The frequency does not exist. Only REST produces this error.', rest: true },
  INVALID_ENTITY_LIST: {
    meaning: 'The entityList is neither a list of strings nor a string. Only REST produces this error.',
    rest: true,
  },
  INVALID_SCHEDULE: { meaning: 'The time zone, the hour or the minute of the schedule does not exist.', rest: true },
  INVALID_FILE_FORMAT: { meaning: 'A value of the fileFormat does not exist or is out of bounds.', rest: true },
  COMPRESSION_UNAVAILABLE: { meaning: 'The service cannot write this compression. Choose another one.', rest: true },
  INVALID_ENCRYPTION: { meaning: 'The encryption has a wrong form, or lists what is no fingerprint.', rest: true },
  PGP_KEY_UNUSABLE: {
    meaning: 'Files cannot be encrypted as requested: a PGP key is missing or has expired. Add a valid key first.',
    rest: true,
  },
  SIGNING_UNAVAILABLE: {
    meaning: 'Files cannot be signed, because the operator has no signing key. Choose `sign: false`.',
    rest: true,
  },
  INVALID_COLUMNS: {
    meaning:
      'The columns or excludeTags do not have their form: an entity twice, or not exactly one of include and exclude.',
    rest: true,
  },
  UNKNOWN_COLUMNS: { meaning: 'The columns contain names that the entity does not have.', rest: true },
  REQUIRED_COLUMNS: {
    meaning: 'The columns exclude the key, is_deleted or the time of the last change, which are always delivered.',
    rest: true,
  },
  UNKNOWN_TAGS: { meaning: 'The excludeTags contain a tag that no column of the catalog has.', rest: true },
  CHANGE_TYPE_UNAVAILABLE: {
    meaning:
      'The source does not record inserts of some of the entities, so their files cannot have the column change_type.',
    rest: true,
  },
  VERSION_CONFLICT: {
    meaning: 'The registration does not have the expected version. Read it again, then submit your change again.',
    rest: true,
  },
  NOT_REGISTERED: { meaning: 'The tenant has no registration yet.' },
  NOTHING_ACTIVE: { meaning: 'None of the entities is active. Register at least one of them first.' },
  EXPORT_DISABLED: { meaning: 'The export is disabled. Its entity list cannot be changed.' },
  EVERYTHING_EXPORTED: { meaning: 'The registration exports all entities. None can be removed from its list.' },
  INVALID_PERIOD: { meaning: 'The period ends before it begins.', rest: true },
  NOTHING_DELIVERED: { meaning: 'No delivered file has a window that overlaps the period.' },
  TOO_MANY_FILES: {
    meaning:
      'The period contains more than 1,000 files, which is what one run can redeliver. Request a shorter period.',
  },
  ENTITIES_INACTIVE: { meaning: 'Some of the entities are not active. Register them first, or leave them out.' },
  NO_SUCH_RUN: { meaning: 'The tenant has no run with this id.' },
  RUN_ENDED: { meaning: 'The run has ended already. It cannot be cancelled.' },
  NOTHING_FAILED: {
    meaning: 'The run has published every entity, or the last run did not fail. Nothing can be retried.',
  },
  TOO_MANY_PERIODS: {
    meaning: 'The pause has missed more periods than can be exported one by one. Resume with ONE_FILE instead.',
  },
  RUN_IN_PROGRESS: { meaning: 'Another run of the tenant is queued or running. Call again when it has ended.' },
  TEMPORAL_UNAVAILABLE: { meaning: 'Temporal, which runs the exports, is unavailable. Try again later.' },
  INVALID_PUBLIC_KEY: { meaning: 'The publicKey is not one line of a .pub file with a key of an accepted type.' },
  PRIVATE_KEY_GIVEN: {
    meaning: 'The value contains a private key. It was not stored, but it is compromised. Create a new key pair.',
    rest: true,
  },
  INVALID_LABEL: { meaning: 'The label is empty, longer than 100 characters, or not plain text.', rest: true },
  KEY_ALREADY_ADDED: { meaning: 'The tenant already has this key.', rest: true },
  TOO_MANY_KEYS: { meaning: 'The tenant has the maximum number of keys. Remove one first.', rest: true },
  NO_SUCH_KEY: { meaning: 'The tenant has no key with this id or fingerprint.', rest: true },
  INVALID_PGP_KEY: {
    meaning: 'The publicKey is not one armored OpenPGP key that files can be encrypted to safely.',
    rest: true,
  },
  PGP_KEY_IN_USE: {
    meaning: 'The registration encrypts files to this key, or has no other valid key. Change the registration first.',
    rest: true,
  },
  WEBHOOKS_UNAVAILABLE: {
    meaning: 'Webhooks are not available, because the operator has not set SECRETS_KEY.',
    rest: true,
  },
  INVALID_WEBHOOK_URL: { meaning: 'The url is not one that Tidemark sends events to.', rest: true },
  INVALID_WEBHOOK: {
    meaning: 'A value of the webhook does not exist, such as a kind, a signature or a type of events.',
    rest: true,
  },
  WEBHOOK_NOT_CONFIRMED: {
    meaning: 'The endpoint did not answer the challenge, which proves that it expects events of Tidemark.',
    rest: true,
  },
  TOO_MANY_WEBHOOKS: { meaning: 'The tenant has the maximum number of webhooks. Remove one first.', rest: true },
  NO_SUCH_WEBHOOK: { meaning: 'The tenant has no webhook with this id.', rest: true },
  TOO_MANY_SECRETS: { meaning: 'The webhook has two secrets already. Remove the old one first.', rest: true },
  NO_SUCH_SECRET: { meaning: 'The webhook has no secret with this id.', rest: true },
  LAST_SECRET: { meaning: 'The webhook has no other secret. Add a second one first.', rest: true },
  WEBHOOK_WITHOUT_SECRETS: {
    meaning: 'A webhook of Slack or Teams has no secrets, because they verify none.',
    rest: true,
  },
  WEBHOOK_NOT_ACTIVE: { meaning: 'The webhook is paused or disabled. Resume it first.', rest: true },
  NO_SUCH_EVENT: {
    meaning: 'The tenant has no event with this id, or it was removed after its retention time.',
    rest: true,
  },
  NO_EVENTS: { meaning: 'The period has no event that the webhook receives.', rest: true },
  TOO_MANY_EVENTS: {
    meaning: 'The period has more events than one replay sends. Choose a shorter period.',
    rest: true,
  },
  EMAIL_NOT_CONFIGURED: {
    meaning: 'Emails cannot be sent, because the operator has not set SMTP_URL.',
    rest: true,
  },
  INVALID_EMAIL: { meaning: 'The email is not an address with a full domain name.', rest: true },
  INVALID_EMAIL_KINDS: { meaning: 'The kinds are empty, or one of them does not exist.', rest: true },
  EMAIL_ALREADY_ADDED: { meaning: 'The tenant already has a recipient with this address.', rest: true },
  TOO_MANY_EMAIL_RECIPIENTS: {
    meaning: 'The tenant has the maximum number of recipients of email. Remove one first.',
    rest: true,
  },
  NO_SUCH_EMAIL_RECIPIENT: { meaning: 'The tenant has no recipient of email with this id.', rest: true },
  EMAIL_ALREADY_VERIFIED: { meaning: 'The address of the recipient is verified already.', rest: true },
  TOO_MANY_VERIFICATIONS: {
    meaning: 'Too many emails that verify the address, or an address of the tenant, were requested in an hour.',
    rest: true,
  },
} as const satisfies Readonly<Record<string, UserErrorDefinition>>

export type UserErrorCode = keyof typeof definitions

export const userErrorDefinitions: Readonly<Record<UserErrorCode, UserErrorDefinition>> = definitions

/** The codes that calls over REST can produce. */
export const restUserErrorCodes = namesOf(userErrorDefinitions).filter((code) => userErrorDefinitions[code].rest)

/** An error that the caller can fix, or that is temporary. A call that returns one has changed nothing. */
export interface UserError {
  readonly code: UserErrorCode
  /** What was wrong and what would be right, in one or two sentences. */
  readonly message: string
  /** Where in the input, e.g. `['input', 'entityList']`. */
  readonly path: readonly string[]
  /** What would have been accepted; empty if that can't be listed. */
  readonly allowedValues: readonly string[]
  /** The likeliest meaning of each name that was not understood. */
  readonly didYouMean: readonly { readonly given: string; readonly suggestion: string }[]
}

export function userError(
  code: UserErrorCode,
  message: string,
  path: readonly string[] = [],
  { allowedValues = [], didYouMean = [] }: Partial<Pick<UserError, 'allowedValues' | 'didYouMean'>> = {},
): UserError {
  return { code, message, path, allowedValues, didYouMean }
}
