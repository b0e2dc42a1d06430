import {
  type Incident,
  type IncidentCode,
  type IncidentExtent,
  isOperationsProblem,
  meaningOf,
  remedyOf,
  severityOf,
} from './incident.js'
import type { NotificationKind } from './incident-notification.js'

/** Where the links of an incident lead. */
export interface LinkBases {
  /** The URL of the Temporal UI, if there is one, and the namespace. */
  readonly temporalUi: { readonly url: string | undefined; readonly namespace: string }
  /** The base of the runbook's pages: a URL, or a path in the repository. */
  readonly runbook: string
}

export interface IncidentLinks {
  /** The workflow of the run that failed last, in the Temporal UI; null if no run or no UI is known. */
  readonly workflow: string | null
  /** The runbook page of the code. */
  readonly runbook: string
  /** The GraphQL query that shows the incident. */
  readonly query: string
}

/** The commands of the incident. */
export interface IncidentCommands {
  readonly show: string
  /** To type once the cause is fixed; null if no run fails with the code. */
  readonly retry: string | null
}

export function linksOf({ id, code, extent }: Incident, { temporalUi, runbook }: LinkBases): IncidentLinks {
  const { workflowId } = extent.latest
  const { url, namespace } = temporalUi
  const hasWorkflow = url !== undefined && workflowId !== null
  return {
    workflow: hasWorkflow ? `${url}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}` : null,
    runbook: runbookPage(code, runbook),
    query: `{ exportIncident(id: "${id}") { code subject remedy affected { tenantId entity message } } }`,
  }
}

export function runbookPage(code: IncidentCode, base: string): string {
  return `${base}/${code.toLowerCase().replaceAll('_', '-')}.md`
}

export function commandsOf({ id, code }: Pick<Incident, 'id' | 'code'>): IncidentCommands {
  return {
    show: `tidemark incidents ${id}`,
    retry: isOperationsProblem(code) ? null : `tidemark retry --code ${code}`,
  }
}

/** An incident as a person reads it in a chat: code, meaning, cause, tenants, what to do, and the command. */
export function inSentences(kind: NotificationKind, incident: Incident, links: IncidentLinks): string {
  const { code, subject, extent } = incident
  const state = { opened: severityOf(code), updated: `still ${severityOf(code)}`, resolved: 'resolved' }[kind]
  const { show, retry } = commandsOf(incident)
  const parts = [
    `[${state}] ${code} (${subject}): ${meaningOf(code)}`,
    tenantsInWords(incident),
    ...(kind === 'resolved' ? [] : [extent.latest.message, `What to do: ${remedyOf(code)}`]),
    `Details: ${show}`,
    ...(retry !== null && kind !== 'resolved' ? [`After the fix: ${retry}`] : []),
    `Runbook: ${links.runbook}`,
  ]
  return parts.filter((part) => part !== '').join('\n')
}

function tenantsInWords({ resolvedAt, extent }: Incident): string {
  const { tenants, firstTenants } = extent
  if (tenants === 0) return ''
  const others = tenants - firstTenants.length
  const names = `Tenants: ${firstTenants.join(', ')}${others > 0 ? ` and ${others} more` : ''} (${tenants} in all).`
  return [names, ...(resolvedAt ? lateFiles(extent) : missingFiles(extent))].join(' ')
}

function lateFiles({ files }: IncidentExtent): string[] {
  if (files === 0) return []
  return [files === 1 ? '1 file was late.' : `${files} files were late.`]
}

function missingFiles({ files, oldestWindow, failedRuns }: IncidentExtent): string[] {
  const since = oldestWindow ? `; the oldest window starts at ${oldestWindow.toISOString()}` : ''
  const missing = files === 1 ? '1 file is not published' : `${files} files are not published`
  return [
    ...(files > 0 ? [`${missing}${since}.`] : []),
    ...(failedRuns > 0 ? [`Runs that have failed for good: ${failedRuns}.`] : []),
  ]
}
