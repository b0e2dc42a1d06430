import type { IncidentFilter, IncidentStore } from '../database/incidents/incident-store.js'
import {
  type Incident,
  type IncidentAffected,
  type IncidentSeverity,
  meaningOf,
  remedyOf,
  severityOf,
} from '../domain/incident.js'
import {
  commandsOf,
  type IncidentCommands,
  type IncidentLinks,
  type LinkBases,
  linksOf,
} from '../domain/incident-links.js'
import { InvalidPageError, type Page, type PageArguments, pageOf } from './page.js'

/** An incident with all that an operator needs to end it. */
export interface IncidentView extends Incident {
  readonly severity: IncidentSeverity
  readonly meaning: string
  readonly remedy: string
  readonly commands: IncidentCommands
  readonly links: IncidentLinks
}

export type IncidentPageArguments = PageArguments & IncidentFilter

/** What operators ask about incidents, over all tenants. The API requires the scope exports:operate. */
export interface IncidentQueries {
  /** Newest first. @throws InvalidPageError */
  page(page: IncidentPageArguments): Promise<Page<IncidentView>>
  /** By its id, or by the first eight characters of it or more; null if there is none. */
  find(id: string): Promise<IncidentView | null>
  /** What an incident affects, or has affected: what is affected now first. At most 1,000. @throws InvalidPageError */
  affected(id: string, most?: number): Promise<readonly IncidentAffected[]>
}

const mostAffected = 1000

export function createIncidentQueries({
  store,
  links,
}: {
  readonly store: Pick<IncidentStore, 'page' | 'find' | 'affected'>
  readonly links: LinkBases
}): IncidentQueries {
  const view = (incident: Incident): IncidentView => ({
    ...incident,
    severity: severityOf(incident.code),
    meaning: meaningOf(incident.code),
    remedy: remedyOf(incident.code),
    commands: commandsOf(incident),
    links: linksOf(incident, links),
  })
  return {
    page: ({ isOpen, code, tenantId, ...page }) =>
      pageOf(
        page,
        async (request) => (await store.page(request, { isOpen, code, tenantId })).map(view),
        ({ openedAt, id }) => ({ at: openedAt, id }),
      ),
    find: async (id) => {
      const incident = await store.find(id)
      return incident ? view(incident) : null
    },
    affected: async (id, most = 100) => {
      if (most < 1 || most > mostAffected) {
        throw new InvalidPageError(`The list has 1 to ${mostAffected} items, not ${most}. Change first.`)
      }
      return store.affected(id, most)
    },
  }
}
