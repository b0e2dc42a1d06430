import type { Events } from '../events.js'
import type { Logger } from '../logger.js'

export function serverEvents(logger: Logger) {
  return {
    serverMarked: (path, id) => logger.info({ path, id }, 'the SFTP server was marked as that of this installation'),
    serverMarkLost: (path, files) =>
      logger.warn(
        { path, files: files.map((file) => file.path) },
        'the mark of the SFTP server was missing, but files on record are there; the mark is written again',
      ),
    serverUnknown: (path, problem) =>
      logger.warn(
        { path, problem },
        'a replacement of the SFTP server would not be noticed, because its mark cannot be used',
      ),
    serverAccepted: (id, kind, tenants) =>
      logger.warn({ id, kind, tenants }, 'an operator has accepted the SFTP server'),
    installationRenewed: (id) => logger.warn({ id }, 'an operator has given this database a new installation id'),
    installationAdopted: (id, tenants) =>
      logger.warn(
        { id, tenants },
        'an operator has let this installation take over the task queue and the schedules of its tenants',
      ),
  } satisfies Partial<Events>
}
