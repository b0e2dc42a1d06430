import { graphql } from '../../gql'

export const IncidentDocument = graphql(`
  query Incident($id: ID!) {
    exportIncident(id: $id) {
      id
      code
      subject
      status
      severity
      meaning
      remedy
      message
      openedAt
      lastSeenAt
      resolvedAt
      announcedAt
      tenants
      firstTenants
      files
      oldestWindow
      failedRuns
      command
      retryCommand
      runbookUrl
      temporalUiUrl
      affected(first: 1000) {
        ...IncidentAffected
      }
    }
  }

  fragment IncidentAffected on ExportIncidentAffected {
    tenantId
    entity
    runId
    since
    firstSeenAt
    lastSeenAt
    attempts
    isFinal
    message
    endedAt
  }
`)

export const IncidentHistoryDocument = graphql(`
  query IncidentHistory($code: ExportIncidentCode!) {
    exportIncidents(first: 20, code: $code) {
      edges {
        node {
          id
          code
          subject
          status
          severity
          openedAt
          lastSeenAt
          resolvedAt
          tenants
          files
        }
      }
      pageInfo {
        hasNextPage
      }
    }
  }
`)
