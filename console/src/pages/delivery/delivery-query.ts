import { graphql } from '../../gql'

export const DeliveryDocument = graphql(`
  query Delivery($id: ID!) {
    exportDelivery(id: $id) {
      ...DeliveryLine
      path
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
    }
  }
`)
