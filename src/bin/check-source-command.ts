import { CommanderError } from 'commander'
import { composeSourceChecker, type SourceChecker, type SourceReport } from '../compose/source-checker.js'
import { ConfigError, loadConfig } from '../config/config.js'
import { readEnvironment } from '../config/env.js'
import { printTable } from './print-table.js'

type Finding = SourceReport['database'][number]
type Entity = SourceChecker['catalog']['entities'][number]

interface CheckSourceRequest {
  /** Display or internal names. All entities if the list is empty. */
  readonly names: readonly string[]
  readonly json: boolean
}

/**
 * Checks the source. Returns the exit code: 0 without refusals, 1 with refusals, 2 if the source could not be reached.
 * @param refuse ends the command with a message about its arguments
 */
export async function checkSourceCommand(
  { names, json }: CheckSourceRequest,
  refuse: (message: string) => never,
): Promise<number> {
  try {
    await using checker = await composeSourceChecker(loadConfig(readEnvironment()))
    const entities = entitiesFrom(checker, names, refuse)
    const report = await checker.check(entities)
    if (json) console.log(JSON.stringify(report, null, 2))
    else showReport(report)
    return refusals(report).length > 0 ? 1 : 0
  } catch (error) {
    if (error instanceof CommanderError) throw error
    console.error(error instanceof ConfigError || isExportError(error) ? error.message : error)
    return 2
  }
}

/** The entities with these internal or display names. All entities if there are no names. */
function entitiesFrom(
  { catalog }: SourceChecker,
  names: readonly string[],
  refuse: (message: string) => never,
): readonly Entity[] {
  if (names.length === 0) return catalog.entities
  const found = names.map((name) => catalog.entities.find((each) => each.name === name || each.displayName === name))
  const unknown = names.filter((_, at) => found[at] === undefined)
  if (unknown.length > 0)
    refuse(`the catalog has no entity ${unknown.join(', ')}. Give display names or internal names of the catalog.`)
  return found.flatMap((entity) => entity ?? [])
}

function isExportError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ExportError'
}

/** Prints the findings of each table, and their numbers. */
export function showReport(report: SourceReport): void {
  showFindings('The database', report.database)
  for (const { displayName, table, findings } of report.entities) showFindings(`${displayName} (${table})`, findings)
  const warnings = all(report).length - refusals(report).length
  console.log(`Entities: ${report.entities.length}. Refusals: ${refusals(report).length}. Warnings: ${warnings}.`)
}

/** Prints the statements below the table, because they are long. */
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

/** The findings that make an export fail. */
export function refusals(report: SourceReport): Finding[] {
  return all(report).filter(({ severity }) => severity === 'refuse')
}
