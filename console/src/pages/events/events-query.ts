import { graphql } from '../../gql'

export const EventsDocument = graphql(`
  query Events($first: Int, $after: String, $last: Int, $before: String, $types: [ExportEventType!]) {
    exportEvents(first: $first, after: $after, last: $last, before: $before, types: $types) {
      edges {
        node {
          ...TenantEvent
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

  fragment TenantEvent on ExportEvent {
    id
    number
    type
    at
    data
  }
`)
