import type { Delivery } from '../domain/delivery.js'
import type { Catalog } from '../domain/entity.js'
import type { ManifestSigner, PublicationServer, PublicationStore } from '../domain/publication-ports.js'
import type { LedgerGapStore } from '../domain/ledger-gap.js'
import type { OnStep } from '../domain/run-step.js'
import type { Events } from '../telemetry/events.js'

export interface PublicationDependencies {
  readonly publications: PublicationStore
  readonly ledgerGaps: LedgerGapStore
  /** The tenants whose ledger was compared with the server since their last run was planned in this process. */
  readonly compared?: Set<string>
  readonly sftp: PublicationServer
  readonly events: Pick<
    Events,
    | 'hiddenFileLeft'
    | 'indexNotWritten'
    | 'ledgerGapSettled'
    | 'manifestPublished'
    | 'publicationCompleted'
    | 'publicationDiscarded'
    | 'serverIndexIgnored'
  >
  readonly onStep: OnStep
  /** Indexes carry the id of the installation that has written them. */
  readonly installation: { id(): Promise<string> }
  readonly catalog: Catalog
  readonly lineEnd: '\n' | '\r\n'
  /** The pattern of the names under which files are written first: see domain/hidden-name. */
  readonly hiddenName: string
  /** Undefined: nothing is signed. */
  readonly signer?: ManifestSigner | undefined
  /**
   * The contract of the entity of a delivery, as the text of its file; undefined if the catalog no longer has the entity. Without
   * the function, there are no files of contracts.
   */
  readonly contractText?: ((delivery: Delivery) => string | undefined) | undefined
}
