import {
  type DeliveryTestStep,
  type DeliveryTestStepName,
  failedBy,
  skipped,
  type StepFinding,
  stepOf,
} from '../src/domain/delivery-test.js'
import type { Entity } from '../src/domain/entity.js'
import { isRefusal, type SourceFinding } from '../src/domain/source-finding.js'
import { untilAborted } from '../src/domain/until-aborted.js'
import type { Source } from '../src/source/source.js'

type TableStep = Extract<DeliveryTestStepName, 'SOURCE_RIGHTS' | 'SOURCE_TRIGGER' | 'SOURCE_INDEX'>

/** The steps of the other findings: of the database SOURCE_CONNECT, of a table SOURCE_RIGHTS. */
const stepOfCode: Partial<Record<SourceFinding['code'], TableStep>> = {
  SOURCE_CHANGES_UNTRACKED: 'SOURCE_TRIGGER',
  SOURCE_TRIGGER_UNSURE: 'SOURCE_TRIGGER',
  SOURCE_INDEX_MISSING: 'SOURCE_INDEX',
  SOURCE_ORDER_CHANGED: 'SOURCE_INDEX',
}

/** At most this many findings are named in one message. */
const mostNamed = 5

/** Connects to the source, and checks the tables of the entities. It never throws: a step fails instead. */
export async function checkSourceSteps(
  source: Source,
  entities: readonly Entity[],
  signal: AbortSignal,
): Promise<DeliveryTestStep[]> {
  const begun = performance.now()
  let connected: number | undefined
  try {
    const ofDatabase = await untilAborted(source.checkDatabase(), signal)
    connected = performance.now()
    const ofTables: SourceFinding[] = []
    for (const entity of entities) {
      ofTables.push(...(await untilAborted(source.check(entity, { countRows: false }), signal)))
    }
    const of = (step: TableStep): StepFinding | undefined =>
      asFinding(ofTables.filter(({ code }) => (stepOfCode[code] ?? 'SOURCE_RIGHTS') === step))
    return [
      stepOf('SOURCE_CONNECT', connected - begun, asFinding(ofDatabase)),
      // One check of the tables is three steps.
      stepOf('SOURCE_RIGHTS', performance.now() - connected, of('SOURCE_RIGHTS')),
      stepOf('SOURCE_TRIGGER', null, of('SOURCE_TRIGGER')),
      stepOf('SOURCE_INDEX', null, of('SOURCE_INDEX')),
    ]
  } catch (error) {
    if (connected === undefined) {
      const failed = stepOf('SOURCE_CONNECT', performance.now() - begun, failedBy(error))
      return [failed, ...skipped('SOURCE_RIGHTS', 'SOURCE_TRIGGER', 'SOURCE_INDEX')]
    }
    const failed = stepOf('SOURCE_RIGHTS', performance.now() - connected, failedBy(error))
    return [stepOf('SOURCE_CONNECT', connected - begun), failed, ...skipped('SOURCE_TRIGGER', 'SOURCE_INDEX')]
  }
}

/** Refusals come first. */
function asFinding(findings: readonly SourceFinding[]): StepFinding | undefined {
  const sorted = [...findings.filter(isRefusal), ...findings.filter((finding) => !isRefusal(finding))]
  const [first] = sorted
  if (!first) return undefined
  const more = sorted.length > mostNamed ? [`and ${sorted.length - mostNamed} more`] : []
  const named = sorted.slice(0, mostNamed)
  return {
    status: isRefusal(first) ? 'FAILED' : 'WARNING',
    code: first.code,
    message: [...named.map(({ table, cause }) => `${table}: ${cause}`), ...more].join('; '),
    remedy: [...new Set(named.map(({ fix }) => fix))].join('; '),
  }
}
