import type { Actor } from '../../domain/actor.js'
import type { Catalog } from '../../domain/entity.js'
import type { Run } from '../../domain/run.js'
import type { Deliveries } from '../../services/deliveries.js'
import type { Runs } from '../../services/runs/runs.js'
import { deliveriesOf } from './run-deliveries.js'
import { type ExportRun, toExportRun } from './run.type.js'

/** A run as the API returns it. */
export type ShapeRun = (actor: Actor, run: Run) => ExportRun

/** The runs of one answer. Their deliveries are read together. */
export function shapeRuns(
  parts: { readonly runs: Runs; readonly deliveries: Deliveries; readonly catalog: Catalog },
  actor: Actor,
  shown: readonly Run[],
): (run: Run) => ExportRun {
  const findDelivery = deliveriesOf(parts.deliveries, actor, shown)
  return (run) => toExportRun(run, parts.catalog, parts.runs.temporalUiUrl(actor, run), findDelivery)
}
