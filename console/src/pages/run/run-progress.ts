import { counted, formatBytes, formatNumber } from '../../format/numbers'
import type { RunDetailFragment } from '../../gql/graphql'
import { isUnfinished, nameOf } from '../runs/run-words'

/** What a run does, in words. */

type Run = Pick<RunDetailFragment, 'status' | 'progress' | 'waitingFor'> & {
  readonly entities: readonly Pick<RunDetailFragment['entities'][number], 'internalName' | 'entity' | 'status'>[]
}

/** What the run does now, or how it ended, in a sentence. */
export function sentenceOf(run: Run): string {
  switch (run.status) {
    case 'QUEUED':
      return run.waitingFor ? 'The run waits to begin.' : 'The run is about to begin.'
    case 'RUNNING':
      return runningSentence(run)
    case 'SUCCEEDED':
      return succeededSentence(run)
    case 'PARTIALLY_FAILED':
      return `${doneOf(run)} published. ${capital(counted(countOf(run, 'FAILED'), 'entity', 'entities'))} failed: the next run covers what is missing.`
    case 'FAILED':
      return 'No entity is published. The next run covers all of them, so nothing is lost.'
    case 'CANCELLED':
      return `The run was cancelled. ${doneOf(run)} published, and the next run covers the others.`
  }
}

function runningSentence(run: Run): string {
  if (run.progress.entitiesTotal === 0) return 'Tidemark decides which files the run makes.'
  if (run.waitingFor) return `The run waits. ${doneOf(run)} published.`
  const now = run.entities.filter(({ status }) => status === 'RUNNING').map(nameOf)
  if (now.length === 0) return isAllEnded(run) ? 'Tidemark writes the manifest.' : `${doneOf(run)} published.`
  const shown = now.length > 3 ? `${now.slice(0, 3).join(', ')} and ${now.length - 3} more` : listed(now)
  return `Tidemark exports ${shown} now.`
}

function isAllEnded({ entities }: Run): boolean {
  return entities.every(({ status }) => status !== 'PENDING' && status !== 'RUNNING')
}

function succeededSentence(run: Run): string {
  const skipped = countOf(run, 'SKIPPED')
  const published = counted(countOf(run, 'PUBLISHED'), 'file')
  const rest = skipped === 0 ? '' : ` ${capital(counted(skipped, 'entity was', 'entities were'))} published before.`
  return `The run published ${published} with ${rowsWords(run)}, and the manifest.${rest}`
}

function doneOf({ progress: { entitiesDone, entitiesTotal } }: Run): string {
  return `${formatNumber(entitiesDone)} of ${counted(entitiesTotal, 'entity', 'entities')} ${entitiesDone === 1 ? 'is' : 'are'}`
}

function countOf({ entities }: Run, wanted: Run['entities'][number]['status']): number {
  return entities.filter(({ status }) => status === wanted).length
}

function rowsWords({ progress: { rows, bytes } }: Run): string {
  return `${formatNumber(rows)} ${Number(rows) === 1 ? 'row' : 'rows'} (${formatBytes(bytes)})`
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** The progress in numbers: `1,200 rows · 3.4 MB · 500 rows/s`. The rate is left out while nothing is written. */
export function numbersOf({ progress, status }: Run): string {
  const parts = [
    `${formatNumber(progress.rows)} ${Number(progress.rows) === 1 ? 'row' : 'rows'}`,
    formatBytes(progress.bytes),
  ]
  if (isUnfinished(status) && progress.rowsPerSecond > 0) {
    parts.push(`${formatNumber(Math.round(progress.rowsPerSecond))} rows/s`)
    parts.push(`${formatBytes(Math.round(progress.bytesPerSecond))}/s`)
  }
  return parts.join(' · ')
}

const order = ['FAILED', 'RUNNING', 'PENDING', 'CANCELLED', 'PUBLISHED', 'SKIPPED'] as const

/** The entities with those first that need a person: failed ones, then those that are in progress. */
export function sortEntities<E extends Pick<Run['entities'][number], 'status'>>(entities: readonly E[]): E[] {
  return entities.toSorted((one, other) => order.indexOf(one.status) - order.indexOf(other.status))
}

/**
 * What a screen reader says after a change: that the run began, that an entity failed, each ten percent, and the end.
 * Undefined says nothing, so that the reader is not interrupted every second.
 */
export function announcementOf(before: Run | undefined, run: Run): string | undefined {
  if (!before) return isUnfinished(run.status) ? sentenceOf(run) : undefined
  if (before.status !== run.status) return sentenceOf(run)
  if (!isUnfinished(run.status)) return undefined
  const failed = newFailures(before, run)
  if (failed.length > 0) return `${listed(failed)} failed.`
  if (run.waitingFor && !before.waitingFor) return sentenceOf(run)
  return tenthOf(run) > tenthOf(before) ? `${tenthOf(run) * 10} percent. ${doneOf(run)} published.` : undefined
}

function newFailures(before: Run, run: Run): string[] {
  const known = new Set(failuresOf(before).map(({ internalName }) => internalName))
  return failuresOf(run)
    .filter(({ internalName }) => !known.has(internalName))
    .map(nameOf)
}

const failuresOf = ({ entities }: Run) => entities.filter(({ status }) => status === 'FAILED')

function tenthOf({ progress: { entitiesDone, entitiesTotal } }: Run): number {
  return entitiesTotal === 0 ? 0 : Math.floor((entitiesDone / entitiesTotal) * 10)
}
