import { graphql } from '../../gql'

export const DeliveryDocument = graphql(`
  query Delivery($id: ID!) {
    exportDelivery(id: $id) {
      ...DeliveryLine
      path
      entity {
        id
        name
      }
      format {
        compression
      }
      encryption {
        recipients
        signedBy
      }
      runId
      sha256
      schemaVersion
      previousSequence
      attempts
      parts {
        path
        rows
        bytes
        sha256
      }
      fetchCount
      fetches(first: 20) {
        edges {
          node {
            ...FetchLine
          }
        }
        pageInfo {
          hasNextPage
        }
      }
      reconciliation {
        sourceRows
        fileRows
        matches
      }
    }
    sftpAccess {
      id
      host
      port
      username
      keys {
        id
        fingerprint
        label
      }
    }
  }

  fragment FetchLine on ExportFetch {
    id
    path
    startedAt
    endedAt
    bytesRead
    isWhole
    keyFingerprint
    address
  }
`)

/** The files of the same entity on the day of a file, and on the day of the file before it. */
export const RelatedDeliveriesDocument = graphql(`
  query RelatedDeliveries($entity: ExportEntityName!, $day: Date!, $firstDayBefore: Date!, $lastDayBefore: Date!) {
    sameDay: exportDeliveries(first: 50, entity: $entity, firstDay: $day, lastDay: $day) {
      edges {
        node {
          id
          sequence
          revision
        }
      }
    }
    before: exportDeliveries(first: 50, entity: $entity, firstDay: $firstDayBefore, lastDay: $lastDayBefore) {
      edges {
        node {
          id
          sequence
          revision
        }
      }
    }
  }
`)

/** The columns of an entity: its contract, and what has changed with each version of the columns. */
export const ColumnsDocument = graphql(`
  query Columns($entity: ExportEntityName!) {
    exportContract(entity: $entity)
    exportSchemaChanges(entity: $entity) {
      schemaVersion
      day
      added {
        name
      }
      removed
      retyped {
        name
        before
        after
      }
      isReordered
    }
  }
`)
