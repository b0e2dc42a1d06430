import { graphql } from '../../gql'

export const RetryFailedDocument = graphql(`
  mutation RetryFailed($since: DateTime, $code: ExportErrorCode, $after: String) {
    retryFailedExports(since: $since, code: $code, after: $after) {
      lines {
        tenantId
        failedRunId
        runId
        userErrors {
          code
          message
        }
      }
      next
    }
  }
`)

export const RetryCountsDocument = graphql(`
  query RetryCounts {
    exportOverview {
      failingTenants
    }
    exportIncidents(first: 100, status: OPEN) {
      edges {
        node {
          id
          code
          tenants
          retryCommand
        }
      }
    }
  }
`)
