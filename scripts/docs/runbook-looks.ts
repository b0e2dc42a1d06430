import { readFileSync } from 'node:fs'
import { type Incident, type IncidentCode, meaningOf, remedyOf, severityOf } from '../../src/domain/incident.js'
import { commandsOf, inSentences, linksOf } from '../../src/domain/incident-links.js'
import { isIncident } from '../../src/domain/incident-subject.js'
import { printIncident } from '../../src/bin/commands/incidents.js'
import { printRun, type Run } from '../../src/bin/commands/print-run.js'
import type { Observed, ObservedFailures, ObservedRun } from '../../test/docs/runbook/observed.js'

const recordings = ['failures', 'operations'].map((name) => `test/docs/runbook/${name}.json`)
const at = new Date('2026-11-27T00:00:00Z')
const id = '0199a1c2-7f7e-7e7f-8d3c-5b0f4f3f2a10'

/** What an operator sees of a recorded failure: the alert, and the run. */
export function howItLooks(code: IncidentCode): string {
  const observed = observedOf(code)
  const { run, message } = observed
  if (!isIncident(code) && !run) return inBlock(message)
  return inBlock(
    ...(isIncident(code) ? [inSentences('opened', ...incidentOf(code, observed))] : []),
    ...(run ? [typed(`tidemark runs acme ${id}`, () => printRun(runOf(run)))] : []),
  )
}

/** The alert of an outage, and the incident as the command shows it. */
export function anExample(): string {
  const code = 'SFTP_UNAVAILABLE'
  const [incident, links] = incidentOf(code, observedOf(code))
  const { latest } = incident.extent
  const view = {
    ...{ ...incident, links, severity: severityOf(code), meaning: meaningOf(code) },
    ...{ remedy: remedyOf(code), commands: commandsOf(incident) },
  }
  const affected = { ...latest, since: null, firstSeenAt: at, lastSeenAt: at, isFinal: true, endedAt: null }
  return inBlock(
    inSentences('opened', incident, links),
    typed(`tidemark incidents ${id}`, () => printIncident(view, [affected])),
  )
}

function observedOf(code: IncidentCode): Observed {
  const recorded = recordings.map((file) => (JSON.parse(readFileSync(file, 'utf8')) as ObservedFailures)[code])
  const observed = recorded.find((each) => each !== undefined)
  if (!observed) throw new Error(`${recordings.join(' and ')} have no failure with the code ${code}.`)
  return observed
}

function inBlock(...texts: string[]): string {
  return `\`\`\`text\n${texts.join('\n\n')}\n\`\`\``
}

/** A command with what it prints, as on a terminal. */
function typed(command: string, print: () => void): string {
  return `$ ${command}\n${printed(print)}`
}

function incidentOf(code: IncidentCode, observed: Observed): [Incident, ReturnType<typeof linksOf>] {
  const { subject, message, tenantId, entity, files, failedRuns, attempts } = observed
  const tenants = tenantId === null ? [] : [tenantId]
  const incident: Incident = {
    ...{ id, code, subject, openedAt: at, lastSeenAt: at, resolvedAt: null, announcedAt: at },
    extent: {
      ...{ tenants: tenants.length, firstTenants: tenants, files, oldestWindow: null, failedRuns },
      latest: { message, tenantId, entity, attempts, runId: id, workflowId: null },
    },
  }
  return [
    incident,
    linksOf(incident, { temporalUi: { url: undefined, namespace: 'default' }, runbook: 'docs/runbook' }),
  ]
}

/** The run as the command gets it. Times are those of the runbook. */
function runOf({ entities, ...run }: ObservedRun): Run {
  const times = { queuedAt: at, startedAt: at, finishedAt: new Date(at.getTime() + 4000) }
  return {
    ...{ id, tenantId: 'acme', ...times, ...run },
    entities: entities.map((entity) => ({ ...entity, bytes: null, to: at })),
  } as unknown as Run
}

function printed(print: () => void): string {
  const lines: string[] = []
  const { log } = console
  console.log = (line: string) => void lines.push(line)
  try {
    print()
  } finally {
    console.log = log
  }
  return lines.join('\n')
}
