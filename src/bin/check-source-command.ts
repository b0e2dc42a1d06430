import { composeSourceChecker, type SourceChecker, type SourceReport } from '../compose.js'
import { ConfigError, loadConfig } from '../config/config.js'
import { readEnvironment } from '../config/env.js'
import { printTable } from './print-table.js'

type Finding = SourceReport['database'][number]
type Entity = SourceChecker['catalog']['entities'][number]

/**
 * Checks the source. Returns the exit code: 0 where nothing is refused, 1 where something is, 2 where the source could not
 * be asked or has no such entity.
 */
export async function checkSourceCommand(names: readonly string[], { json }: { json: boolean }): Promise<number> {
  try {
    await using checker = await composeSourceChecker(loadConfig(readEnvironment()))
    const entities = entitiesFrom(checker, names)
    if (!entities) return 2
    const report = await checker.check(entities)
    if (json) console.log(JSON.stringify(report, null, 2))
    else show(report)
    return refusals(report).length > 0 ? 1 : 0
  } catch (error) {
    console.error(error instanceof ConfigError || isExportError(error) ? error.message : error)
    return 2
  }
}

/** The entities with these internal or display names, all where none is named; undefined where a name is unknown. */
function entitiesFrom({ catalog }: SourceChecker, names: readonly string[]): readonly Entity[] | undefined {
  if (names.length === 0) return catalog.entities
  const found = names.map((name) => catalog.entities.find((each) => each.name === name || each.displayName === name))
  const unknown = names.filter((_, at) => found[at] === undefined)
  if (unknown.length === 0) return found.flatMap((entity) => entity ?? [])
  console.error(`The catalog has no entity ${unknown.join(', ')}.`)
  return undefined
}

function isExportError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ExportError'
}

function show(report: SourceReport): void {
  showFindings('The database', report.database)
  for (const { displayName, table, findings } of report.entities) showFindings(`${displayName} (${table})`, findings)
  const warnings = all(report).length - refusals(report).length
  console.log(`Entities: ${report.entities.length}. Refusals: ${refusals(report).length}. Warnings: ${warnings}.`)
}

/** Statements are long, so they follow the table, ready to be copied. */
function showFindings(title: string, findings: readonly Finding[]): void {
  console.log(findings.length === 0 ? `${title}: no finding` : `${title}:`)
  if (findings.length === 0) return
  printTable(
    ['severity', 'code', 'table', 'cause'],
    findings.map(({ severity, code, table, cause }) => [severity, code, table, cause]),
  )
  for (const fix of new Set(findings.map((finding) => finding.fix))) console.log(`To fix it: ${fix}`)
  console.log('')
}

function all({ database, entities }: SourceReport): Finding[] {
  return [...database, ...entities.flatMap(({ findings }) => findings)]
}

function refusals(report: SourceReport): Finding[] {
  return all(report).filter(({ severity }) => severity === 'refuse')
}
