import { composeVerifier, type Progress, type Remark, type Report, type VerifyRequest } from '../compose/verifier.js'
import { ConfigError, loadConfig } from '../config/config.js'
import { readEnvironment } from '../config/env.js'
import { type JsonOption, printJson } from './output.js'
import { printTable } from './print-table.js'

/** The command line options of `verify`. */
export interface VerifyOptions extends JsonOption {
  readonly tenant?: string
  readonly day?: Date
  /** Whether to compare with the source. */
  readonly source: boolean
}

/**
 * Verifies the files that the options select. Returns the exit code: 0 without differences, 1 with differences, 2 if
 * something could not be checked.
 */
export async function verifyCommand({ tenant, day, source, json }: VerifyOptions, stop: AbortSignal): Promise<number> {
  const request: VerifyRequest = {
    withSource: source,
    ...(tenant !== undefined && { tenantId: tenant }),
    ...(day && { day }),
  }
  try {
    await using verifier = await composeVerifier(loadConfig(readEnvironment()))
    const report = await verifier.verify(request, stop, progressLine())
    if (json) printJson(report)
    else show(report)
    if (report.differences.length > 0) return 1
    if (report.files === 0 && request.tenantId !== undefined && request.day === undefined) {
      console.error(`The ledger has no file of ${request.tenantId}.`)
      return 2
    }
    return report.notLookedAt.length > 0 ? 2 : 0
  } catch (error) {
    console.error(error instanceof ConfigError ? error.message : error)
    return 2
  }
}

const everyMs = 1000

/** Prints the progress on standard error at regular intervals. */
function progressLine(): (progress: Progress) => void {
  let last = Date.now()
  return ({ files, allFiles, bytes, allBytes, differences }) => {
    if (Date.now() - last < everyMs) return
    last = Date.now()
    console.error(
      `${files} of ${allFiles} files, ${megabytes(bytes)} of ${megabytes(allBytes)}, ${differences} differences so far`,
    )
  }
}

function show(report: Report): void {
  const { files, bytes, rows, sourceRows, differences } = report
  if (differences.length > 0) {
    printTable(
      ['path', 'what', 'expected', 'found'],
      differences.map(({ path, what, expected, found }) => [path, what, expected, found]),
    )
  }
  remarks('Not comparable with the source', report.notComparable)
  remarks('Not checked', report.notLookedAt)
  console.log(
    `${number(files)} files, ${megabytes(bytes)}, ${number(rows)} rows; ${number(sourceRows)} source rows compared. ` +
      (differences.length === 0 ? 'No difference.' : `Differences: ${differences.length}.`),
  )
}

function remarks(title: string, found: readonly Remark[]): void {
  for (const { path, reason } of found) console.log(`${title}: ${path}: ${reason}`)
}

const number = (value: number): string => value.toLocaleString('en-US')

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`
