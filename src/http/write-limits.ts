import { type Actor, type Operator, payerOf } from '../domain/actor.js'
import type { EventFeed } from '../services/events/event-feed.js'
import type { Registrations } from '../services/registrations/registrations.js'
import type { EmailRecipients } from '../services/email/recipients.js'
import type { Runs } from '../services/runs/runs.js'
import type { PgpKeys } from '../services/pgp-keys.js'
import type { SftpKeys } from '../services/sftp-keys.js'
import type { DeliveryTests } from '../services/test-delivery.js'
import type { Webhooks } from '../services/webhooks/webhooks.js'
import type { RateLimits } from './rate-limits.js'

export interface WritingUseCases {
  readonly registrations: Registrations
  readonly runs: Runs
  readonly sftpKeys: SftpKeys
  readonly pgpKeys: PgpKeys
  readonly emailRecipients: EmailRecipients
  readonly deliveryTests: DeliveryTests
  readonly webhooks: Webhooks
  readonly eventFeed: EventFeed
}

/**
 * Limits the rate of changes by each caller, because each change adds rows to tables that only grow. It also limits the
 * rate of requested runs, because each run may read the whole source.
 */
export function limitWrites(useCases: WritingUseCases, limits: RateLimits): WritingUseCases {
  const { registrations, runs, sftpKeys, pgpKeys, deliveryTests, eventFeed, webhooks, emailRecipients } = useCases
  const write = (actor: Actor): Promise<void> => limits.admitWrite(payerOf(actor))
  const run = (actor: Actor | Operator): Promise<void> => limits.admitRun(payerOf(actor))
  return {
    registrations: {
      ...registrations,
      replace: (actor, input) => write(actor).then(() => registrations.replace(actor, input)),
      addEntities: (actor, change) => write(actor).then(() => registrations.addEntities(actor, change)),
      removeEntities: (actor, change) => write(actor).then(() => registrations.removeEntities(actor, change)),
      pause: (actor) => write(actor).then(() => registrations.pause(actor)),
      resume: (actor, catchUp) =>
        (catchUp === 'BY_PERIOD' ? run(actor) : write(actor)).then(() => registrations.resume(actor, catchUp)),
    },
    runs: {
      ...runs,
      start: (actor, request) => run(actor).then(() => runs.start(actor, request)),
      cancel: (actor, id) => write(actor).then(() => runs.cancel(actor, id)),
      retry: (actor, id) => run(actor).then(() => runs.retry(actor, id)),
      retryFailed: (operator, request) => run(operator).then(() => runs.retryFailed(operator, request)),
      redeliver: (actor, request) => run(actor).then(() => runs.redeliver(actor, request)),
      requestFullLoad: (actor, request) =>
        (request.when === 'NOW' ? run(actor) : write(actor)).then(() => runs.requestFullLoad(actor, request)),
    },
    eventFeed: { ...eventFeed, sendTest: (actor) => write(actor).then(() => eventFeed.sendTest(actor)) },
    deliveryTests: { test: (actor) => run(actor).then(() => deliveryTests.test(actor)) },
    pgpKeys: {
      ...pgpKeys,
      add: (actor, input) => write(actor).then(() => pgpKeys.add(actor, input)),
      remove: (actor, fingerprint) => write(actor).then(() => pgpKeys.remove(actor, fingerprint)),
    },
    webhooks: {
      ...webhooks,
      add: (actor, input) => write(actor).then(() => webhooks.add(actor, input)),
      update: (actor, id, input) => write(actor).then(() => webhooks.update(actor, id, input)),
      remove: (actor, id) => write(actor).then(() => webhooks.remove(actor, id)),
      rotateSecret: (actor, id, signature) => write(actor).then(() => webhooks.rotateSecret(actor, id, signature)),
      removeSecret: (actor, id, secretId) => write(actor).then(() => webhooks.removeSecret(actor, id, secretId)),
      test: (actor, id) => write(actor).then(() => webhooks.test(actor, id)),
      replay: (actor, id, input) => write(actor).then(() => webhooks.replay(actor, id, input)),
    },
    emailRecipients: {
      ...emailRecipients,
      add: (actor, input) => write(actor).then(() => emailRecipients.add(actor, input)),
      change: (actor, id, kinds) => write(actor).then(() => emailRecipients.change(actor, id, kinds)),
      remove: (actor, id) => write(actor).then(() => emailRecipients.remove(actor, id)),
      resendVerification: (actor, id) => write(actor).then(() => emailRecipients.resendVerification(actor, id)),
    },
    sftpKeys: {
      ...sftpKeys,
      add: (actor, input) => write(actor).then(() => sftpKeys.add(actor, input)),
      remove: (actor, id) => write(actor).then(() => sftpKeys.remove(actor, id)),
    },
  }
}
