import { counted } from '../../format/numbers'
import type { ExportIncidentSeverity, ExportIncidentStatus } from '../../gql/graphql'

interface Known {
  readonly status: ExportIncidentStatus
  readonly severity: ExportIncidentSeverity
}

/** The badge of an incident. */
export function incidentState({ status, severity }: Known): {
  readonly word: string
  readonly tone: 'good' | 'bad' | 'warn'
} {
  if (status === 'RESOLVED') return { word: 'Resolved', tone: 'good' }
  return severity === 'CRITICAL' ? { word: 'Critical', tone: 'bad' } : { word: 'Warning', tone: 'warn' }
}

/** The meaning of a code as a heading, without the stop at its end. */
export function headingOf(meaning: string): string {
  return meaning.endsWith('.') ? meaning.slice(0, -1) : meaning
}

/** How much an incident affects: `3 tenants wait for 12 files.` */
export function extentWords({
  status,
  tenants,
  files,
}: {
  readonly status: ExportIncidentStatus
  readonly tenants: number
  readonly files: number
}): string {
  const who = counted(tenants, 'tenant')
  const what = counted(files, 'file')
  if (status === 'RESOLVED') {
    if (tenants === 0) return 'No tenant was affected.'
    const verb = tenants === 1 ? 'was' : 'were'
    return files === 0 ? `${who} ${verb} affected.` : `${who} ${verb} affected, with ${what}.`
  }
  if (tenants === 0) return 'No tenant is affected.'
  if (files === 0) return `${who} ${tenants === 1 ? 'is' : 'are'} affected.`
  return `${who} ${tenants === 1 ? 'waits' : 'wait'} for ${what}.`
}

interface Ordered {
  readonly severity: ExportIncidentSeverity
  readonly openedAt: string
}

/** Critical incidents first, then the one that is open for the longest time. */
export function bySeverity<Incident extends Ordered>(incidents: readonly Incident[]): Incident[] {
  const rank = ({ severity }: Ordered): number => (severity === 'CRITICAL' ? 0 : 1)
  return incidents.toSorted(
    (one, other) => rank(one) - rank(other) || Date.parse(one.openedAt) - Date.parse(other.openedAt),
  )
}

/** The time of the last resolution. Undefined if none is resolved. */
export function lastResolution(incidents: readonly { readonly resolvedAt?: string | null }[]): string | undefined {
  return incidents
    .flatMap(({ resolvedAt }) => (resolvedAt == null ? [] : [resolvedAt]))
    .toSorted((one, other) => Date.parse(other) - Date.parse(one))[0]
}

/** The codes of some incidents, each once, by name. A filter that is set stays among them. */
export function codesOf(incidents: readonly { readonly code: string }[], selected: string | undefined): string[] {
  const codes = new Set(incidents.map(({ code }) => code))
  if (selected !== undefined) codes.add(selected)
  return [...codes].toSorted()
}
