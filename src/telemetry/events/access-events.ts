import type { Events } from '../events.js'
import type { Logger } from '../logger.js'
import { described } from './described.js'

export function accessEvents(logger: Logger) {
  return {
    accessDenied: ({ tenantId, subject, clientId, isOperator, address, named }, scope) =>
      logger.warn(
        { tenantId, subject, clientId, isOperator, address, named, scope },
        'access denied: the token lacks a scope',
      ),
    operatorQueried: ({ subject, clientId, address }, operation) =>
      logger.info({ subject, clientId, address, operation }, 'an operator queries all tenants'),
    consoleLogin: ({ tenantId, subject }) => logger.info({ tenantId, subject }, 'console login'),
    consoleSessionReplayed: ({ tenantId, subject, familyId }, address) =>
      logger.warn(
        { tenantId, subject, address, consoleSession: familyId },
        'console session ended: a replaced secret was used, so its cookie may be stolen',
      ),
    auditNotKept: ({ before: _before, after: _after, ...entry }, error) =>
      logger.error({ ...entry, error: described(error) }, 'an event could not be written to the audit log'),
    tenantErased: (receipt) => logger.warn({ ...receipt }, 'tenant erased'),
    sftpKeyAdded: ({ tenantId, subject }, { id, type, fingerprint }) =>
      logger.info({ tenantId, addedBy: subject, keyId: id, type, fingerprint }, 'SFTP key added'),
    sftpKeyRemoved: ({ tenantId, subject }, { id, type, fingerprint }) =>
      logger.info({ tenantId, removedBy: subject, keyId: id, type, fingerprint }, 'SFTP key removed'),
    pgpKeyAdded: ({ tenantId, subject }, { fingerprint, algorithm }) =>
      logger.info({ tenantId, addedBy: subject, fingerprint, algorithm }, 'PGP key added'),
    pgpKeyRemoved: ({ tenantId, subject }, { fingerprint, algorithm }) =>
      logger.info({ tenantId, removedBy: subject, fingerprint, algorithm }, 'PGP key removed'),
    webhookChanged: ({ tenantId, subject }, action, { id, kind }) =>
      logger.info({ tenantId, changedBy: subject, webhookId: id, kind, action }, 'webhook changed'),
    webhookDisabled: ({ tenantId, webhookId }, reason, failure) =>
      logger.warn({ tenantId, webhookId, reason, failure }, 'webhook disabled'),
  } satisfies Partial<Events>
}
