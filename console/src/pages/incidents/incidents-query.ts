import { graphql } from '../../gql'

export const OpenIncidentsDocument = graphql(`
  query OpenIncidents($code: ExportIncidentCode, $tenantId: ID) {
    exportIncidents(first: 100, status: OPEN, code: $code, tenantId: $tenantId) {
      edges {
        node {
          ...IncidentLine
        }
      }
      pageInfo {
        hasNextPage
      }
    }
  }
`)

export const ResolvedIncidentsDocument = graphql(`
  query ResolvedIncidents(
    $first: Int
    $after: String
    $last: Int
    $before: String
    $code: ExportIncidentCode
    $tenantId: ID
  ) {
    exportIncidents(
      first: $first
      after: $after
      last: $last
      before: $before
      status: RESOLVED
      code: $code
      tenantId: $tenantId
    ) {
      edges {
        node {
          ...IncidentLine
        }
      }
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
    }
  }

  fragment IncidentLine on ExportIncident {
    id
    code
    subject
    status
    severity
    meaning
    openedAt
    lastSeenAt
    resolvedAt
    announcedAt
    tenants
    firstTenants
    files
  }
`)
