import { graphql } from '../../gql'

export const OverviewOfAllDocument = graphql(`
  query OverviewOfAll {
    exportOverview {
      tenants
      activeTenants
      pausedTenants
      overdueTenants
      failingTenants
      queuedRuns
      runningRuns
      deliveredFiles
      deliveredRows
      deliveredBytes
      oldestUnpublishedWindow
      criticalIncidents
      warningIncidents
      oldestUnpostedMessage
      processes {
        id
        kind
        isAlive
        host
        pid
        version
        startedAt
        seenAt
        clockSkewMs
      }
    }
  }
`)

export const TenantsDocument = graphql(`
  query Tenants(
    $first: Int
    $after: String
    $last: Int
    $before: String
    $filter: ExportTenantFilter
    $sort: ExportTenantSort!
  ) {
    exportTenants(first: $first, after: $after, last: $last, before: $before, filter: $filter, sort: $sort) {
      edges {
        node {
          ...TenantLine
        }
      }
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
      totalCount
    }
  }

  fragment TenantLine on ExportTenant {
    id
    exportOption
    frequency
    activeEntities
    scheduleState
    scheduleError
    pausedAt
    pausedNote
    nextRunAt
    overdue
    overdueSince
    lastSuccessAt
    failingSince
    cause {
      code
      message
    }
    lastRunId
    lastRunStatus
    runningRunId
    queuedRunId
    deliveredRows
    deliveredBytes
    openIncidents
    unfetchedFiles
    unfetchedSince
  }
`)
