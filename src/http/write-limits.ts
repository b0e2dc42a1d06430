import type { Actor } from '../domain/actor.js'
import type { Registrations } from '../services/registrations.js'
import type { Runs } from '../services/runs.js'
import type { SftpKeys } from '../services/sftp-keys.js'
import type { RateLimits } from './rate-limits.js'

export interface WritingUseCases {
  readonly registrations: Registrations
  readonly runs: Runs
  readonly sftpKeys: SftpKeys
}

/**
 * Holds each caller to a rate of writes, since each keeps a line in tables that only grow, and to a rate of runs that it
 * asks for, since each may read the whole source.
 */
export function limitWrites({ registrations, runs, sftpKeys }: WritingUseCases, limits: RateLimits): WritingUseCases {
  const write = <Args extends unknown[], T>(work: (actor: Actor, ...args: Args) => Promise<T>) =>
    afterAdmission(limits.admitWrite, work)
  const run = <Args extends unknown[], T>(work: (actor: Actor, ...args: Args) => Promise<T>) =>
    afterAdmission(limits.admitRun, work)
  return {
    registrations: { ...registrations, replace: write(registrations.replace) },
    runs: {
      ...runs,
      start: run(runs.start),
      requestFullLoad: (actor, request) => (request.when === 'NOW' ? run : write)(runs.requestFullLoad)(actor, request),
      redeliver: run(runs.redeliver),
    },
    sftpKeys: { ...sftpKeys, add: write(sftpKeys.add), remove: write(sftpKeys.remove) },
  }
}

function afterAdmission<Args extends unknown[], T>(
  admit: (key: string) => Promise<void>,
  work: (actor: Actor, ...args: Args) => Promise<T>,
): (actor: Actor, ...args: Args) => Promise<T> {
  return async (actor, ...args) => {
    await admit(payerOf(actor))
    return work(actor, ...args)
  }
}

/** Whose rate a call uses up: the tenant's whose token it is, or an operator's own. */
export function payerOf({ isOperator, subject, tenantId }: Pick<Actor, 'isOperator' | 'subject' | 'tenantId'>): string {
  return isOperator ? `operator ${subject}` : tenantId
}
