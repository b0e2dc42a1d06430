import { graphql } from '../../gql'

export const DeliveriesDocument = graphql(`
  query Deliveries(
    $first: Int
    $after: String
    $last: Int
    $before: String
    $entity: ExportEntityName
    $firstDay: Date
    $lastDay: Date
    $redelivered: Boolean
    $notFetchedForDays: Int
  ) {
    exportDeliveries(
      first: $first
      after: $after
      last: $last
      before: $before
      entity: $entity
      firstDay: $firstDay
      lastDay: $lastDay
      redelivered: $redelivered
      notFetchedForDays: $notFetchedForDays
    ) {
      edges {
        node {
          ...DeliveryLine
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
`)

export const deliveryLine = graphql(`
  fragment DeliveryLine on ExportDelivery {
    id
    internalName
    entity {
      id
      displayName
    }
    mode
    fullLoadReason
    window {
      from
      to
    }
    rows
    bytes
    sequence
    revision
    redelivered
    publishedAt
    removedAt
    fetchState
    fetchedAt
  }
`)

/** The entities that the filter and the redelivery offer. */
export const DeliveryEntitiesDocument = graphql(`
  query DeliveryEntities {
    exportEntities {
      id
      name
      displayName
      internalName
    }
  }
`)

export const RedeliverDocument = graphql(`
  mutation Redeliver($input: RedeliverInput!) {
    redeliver(input: $input) {
      run {
        id
      }
      userErrors {
        code
        message
      }
    }
  }
`)
