import type { Command } from 'commander'
import { exitCodes } from './exit-codes.js'

/** The option that each command with a result has. */
export interface JsonOption {
  readonly json?: true
}

/** Adds `--json`, which replaces the text for people on standard output by one JSON value for programs. */
export function withJson(command: Command): Command {
  return command.option('--json', 'print the result as JSON')
}

/** Prints a result: as JSON, or as `print` writes it for people. */
export function show<T>({ json }: JsonOption, result: T, print: (result: T) => void): void {
  if (json) printJson(result)
  else print(result)
}

export function printJson(result: unknown): void {
  console.log(JSON.stringify(result, withNumbers, 2))
}

/** Postgres counts rows and bytes in 64 bits; a number of JSON is exact up to 2^53, which no file exceeds. */
function withNumbers(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value
}

/** What a use case returned: its value, or undefined after the reasons were printed and the exit code was set. */
export function valueOf<T>(
  outcome: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly userErrors: readonly UserError[] },
): T | undefined {
  if (outcome.ok) return outcome.value
  for (const { message } of outcome.userErrors) console.error(message)
  const isUnavailable = outcome.userErrors.some(({ code }) => code.endsWith('_UNAVAILABLE'))
  process.exitCode = isUnavailable ? exitCodes.UNAVAILABLE.code : exitCodes.REFUSED.code
  return undefined
}

interface UserError {
  readonly code: string
  readonly message: string
}

/** Says that something does not exist. */
export function notFound(message: string): void {
  console.error(message)
  process.exitCode = exitCodes.NOT_FOUND.code
}

/** A time in UTC to the second, or a dash. */
export function time(at: Date | null | undefined): string {
  return at ? at.toISOString().replace(/\.\d+Z$/, 'Z') : '-'
}

export function count(value: number | bigint | null | undefined): string {
  return value == null ? '-' : value.toLocaleString('en-US')
}
