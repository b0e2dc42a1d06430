import type { Catalog } from '../domain/entity.js'
import type { PublicationServer, PublicationStore } from '../domain/publication-ports.js'
import type { OnStep } from '../domain/run-step.js'
import type { Events } from '../telemetry/events.js'

export interface PublicationDependencies {
  readonly publications: PublicationStore
  readonly sftp: PublicationServer
  readonly events: Pick<
    Events,
    'hiddenFileLeft' | 'publicationCompleted' | 'publicationDiscarded' | 'manifestPublished'
  >
  readonly onStep: OnStep
  readonly catalog: Catalog
  readonly lineEnd: '\n' | '\r\n'
  /** The pattern of the names under which files are written first: see domain/hidden-name. */
  readonly hiddenName: string
}
