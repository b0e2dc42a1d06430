import type { Environment } from '../../../src/config/env.js'
import type { Report } from '../../machine/report.js'
import type { DataFolder } from '../data-folder.js'
import type { Accounts } from '../tenant-accounts.js'

/** What the components of a stack are started with. */
export interface ComponentContext {
  readonly folder: DataFolder
  readonly environment: Environment
  readonly accounts: Accounts
  readonly sampleRows: number
  readonly report: Report
  readonly signal: AbortSignal
}

/** A running component of the stack, or an external one that the environment names. */
export interface Component {
  /** The settings with which Tidemark uses it. */
  readonly environment: Environment
  /** Resolves with the reason if the component ends unexpectedly. */
  readonly exited?: Promise<string>
  stop(): Promise<void>
}

/** A component that runs outside of the stack and needs no further settings. */
export const externalComponent: Component = { environment: {}, stop: async () => undefined }
