import type { EntityWindow } from '../../domain/publication.js'
import type { Events } from '../events.js'
import type { Logger } from '../logger.js'
import { described } from './described.js'

export function publicationEvents(logger: Logger) {
  return {
    entityPublished: ({ runId, tenantId, entity }, file, seconds) =>
      logger.info({ runId, tenantId, entity, ...file, seconds }, 'file published'),
    smallFilesLeft: (windows, error) =>
      logger.info(
        { ...common(windows), entities: windows.map(({ entity }) => entity), error: described(error) },
        'files not exported together; each is exported alone',
      ),
    hiddenFileLeft: ({ runId, tenantId, entity }, path, error) =>
      logger.warn(
        { runId, tenantId, entity, path, error: described(error) },
        'hidden file not removed; the next run removes it',
      ),
    indexNotWritten: (tenantId, path, error) =>
      logger.warn({ tenantId, path, error: described(error) }, 'the server refuses the index; it is tried again later'),
    ledgerGapSettled: ({ detail, ...gap }) => logger.error({ ...gap, code: 'LEDGER_RESTORED' }, detail),
    ledgerNotCompared: (tenantId, error) =>
      logger.warn(
        { tenantId, error: described(error) },
        'the ledger is not compared with the server yet; an attempt compares it before it publishes',
      ),
    serverIndexIgnored: (tenantId, path, isSigned) =>
      logger.warn(
        { tenantId, path },
        isSigned
          ? 'the index on the server is not one that Tidemark writes; it is not compared with the ledger'
          : 'the index on the server lacks the signature of the signing key; it is not compared with the ledger',
      ),
    publicationCompleted: ({ runId, tenantId, entity, path }) =>
      logger.warn({ runId, tenantId, entity, path }, 'a pending publication was completed'),
    publicationDiscarded: ({ runId, tenantId, entity, path }, isLoss) =>
      logger.warn(
        { runId, tenantId, entity, path, isLoss },
        isLoss
          ? 'a pending publication was discarded; it may have replaced an earlier file of the day, so a full load follows'
          : 'a pending publication was discarded; the next file covers its window',
      ),
    manifestPublished: (tenantId, path, files) => logger.info({ tenantId, path, files }, 'manifest published'),
    oldFilesRemoved: (tenantId, removed) =>
      logger.info({ tenantId, ...removed }, 'files past their retention time removed'),
    oldHistoryRemoved: (rows) => logger.info({ rows }, 'old audit events and registration changes removed'),
  } satisfies Partial<Events>
}

function common([window]: readonly EntityWindow[]): object {
  return window ? { runId: window.runId, tenantId: window.tenantId } : {}
}
