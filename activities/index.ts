import { Context } from '@temporalio/activity'
import type {
  DeliveryTestInput,
  DeliveryTestResult,
  EntityTask,
  EntityResult,
  ExpiringFilesInput,
  FinishRunInput,
  ManifestResult,
  OldFilesInput,
  OldFilesResult,
  OldFilesTask,
  PlanRunInput,
  PublishManifestInput,
  RunPlan,
  SmallFilesResult,
  SmallFilesTask,
} from '../src/contracts.js'
import type { RunStatus } from '../src/domain/run.js'
import type { ActivityDependencies } from './dependencies.js'
import { announceExpiringFiles } from './announce-expiring-files.js'
import { checkDelivery } from './check-delivery.js'
import { exportEntity } from './export-entity.js'
import { exportSmallFiles } from './export-small-files.js'
import { measuringSteps } from './metrics.js'
import { typedFailures } from './typed-failures.js'
import { finishRun } from './finish-run.js'
import { planRun } from './plan-run.js'
import { planningLimits } from './retries.js'
import { publishManifest } from './publish-manifest.js'
import { removeOldHistory } from './remove-old-history.js'
import { findOldFiles, removeOldFilesOf } from './remove-old-files.js'

export type { ActivityDependencies } from './dependencies.js'

/** What a worker does for a run, over its dependencies. Workflows see only the type. */
export interface Activities {
  planRun(input: PlanRunInput): Promise<RunPlan>
  exportSmallFiles(task: SmallFilesTask): Promise<SmallFilesResult>
  exportEntity(task: EntityTask): Promise<EntityResult>
  publishManifest(input: PublishManifestInput): Promise<ManifestResult>
  finishRun(input: FinishRunInput): Promise<RunStatus>
  findOldFiles(input: OldFilesInput): Promise<string[]>
  removeOldFiles(task: OldFilesTask): Promise<OldFilesResult>
  removeOldHistory(): Promise<number>
  announceExpiringFiles(input: ExpiringFilesInput): Promise<number>
  checkDelivery(input: DeliveryTestInput): Promise<DeliveryTestResult>
}

export function createActivities(deps: ActivityDependencies): Activities {
  return {
    planRun: typedFailures(
      deps.events,
      (input) => measuringSteps(deps, (measured) => planRun(measured, input)),
      (_, code) => planningLimits(deps, Context.current().info.scheduledTimestampMs, code),
    ),
    exportSmallFiles: typedFailures(deps.events, (task) =>
      measuringSteps(deps, (measured) => exportSmallFiles(measured, task)),
    ),
    exportEntity: typedFailures(deps.events, (task) =>
      measuringSteps(deps, (measured) => exportEntity(measured, task)),
    ),
    publishManifest: typedFailures(deps.events, (input) =>
      measuringSteps(deps, (measured) => publishManifest(measured, input)),
    ),
    finishRun: typedFailures(deps.events, (input) => measuringSteps(deps, (measured) => finishRun(measured, input))),
    findOldFiles: typedFailures(deps.events, (input) => findOldFiles(deps, input)),
    removeOldFiles: typedFailures(deps.events, (task) => removeOldFilesOf(deps, task)),
    removeOldHistory: () => typedFailures(deps.events, () => removeOldHistory(deps))({}),
    announceExpiringFiles: typedFailures(deps.events, (input) => announceExpiringFiles(deps, input)),
    checkDelivery: typedFailures(deps.events, (input) => checkDelivery(deps, input)),
  }
}
