import { graphql } from '../../gql'

export const AuditDocument = graphql(`
  query Audit(
    $first: Int
    $after: String
    $last: Int
    $before: String
    $action: [ExportAuditAction!]
    $from: DateTime
    $to: DateTime
  ) {
    exportAuditEvents(
      first: $first
      after: $after
      last: $last
      before: $before
      action: $action
      from: $from
      to: $to
    ) {
      edges {
        node {
          ...AuditEvent
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

  fragment AuditEvent on ExportAuditEvent {
    id
    at
    action
    subject
    clientId
    isOperator
    address
    target
    before
    after
  }
`)
