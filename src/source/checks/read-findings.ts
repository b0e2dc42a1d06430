import type { Entity } from '../../domain/entity.js'
import type { SourceFinding } from '../../domain/source-finding.js'
import { columnFindings } from './columns.js'
import { hiddenRowFindings } from './hidden-rows.js'
import { otherMomentFindings } from './other-moments.js'
import type { Relation } from './relation.js'
import { trackingFindings } from './tracking.js'

/** What each read holds against the relations that its rows come from. The first refusal gives the error's code. */
export function readFindings(entity: Entity, relations: readonly Relation[]): SourceFinding[] {
  return [
    ...columnFindings(entity, relations),
    ...hiddenRowFindings(relations),
    ...otherMomentFindings(relations),
    ...trackingFindings(entity, relations),
  ]
}
