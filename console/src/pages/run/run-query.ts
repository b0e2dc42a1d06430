import { graphql } from '../../gql'

export const RunDocument = graphql(`
  query Run($id: ID!) {
    exportRun(id: $id) {
      ...RunDetail
    }
  }

  fragment RunDetail on ExportRun {
    id
    status
    trigger
    window {
      from
      to
    }
    registrationVersion
    requestedBy
    queuedAt
    startedAt
    finishedAt
    manifestPath
    temporalUiUrl
    progress {
      entitiesDone
      entitiesTotal
      rows
      bytes
      rowsPerSecond
      bytesPerSecond
      updatedAt
    }
    error {
      ...RunTrouble
    }
    waitingFor {
      ...RunWait
    }
    entities {
      ...RunEntity
    }
  }

  fragment RunTrouble on ExportRunError {
    code
    message
    remedy
  }

  fragment RunWait on ExportRunWait {
    code
    message
    remedy
    since
    attempt
  }

  fragment RunEntity on ExportRunEntity {
    internalName
    entity {
      id
      displayName
    }
    status
    mode
    fullLoadReason
    window {
      from
      to
    }
    attempts
    error {
      ...RunTrouble
    }
    waitingFor {
      ...RunWait
    }
    startedAt
    finishedAt
    progress {
      rows
      bytes
      rowsPerSecond
      step
      updatedAt
    }
    delivery {
      id
      path
      rows
      bytes
    }
  }
`)

export const RunUpdatesDocument = graphql(`
  subscription RunUpdates($id: ID!) {
    exportRunUpdated(id: $id) {
      ...RunDetail
    }
  }
`)

export const RetryRunDocument = graphql(`
  mutation RetryRun($id: ID!) {
    retryExportRun(id: $id) {
      run {
        id
        status
      }
      userErrors {
        code
        message
      }
    }
  }
`)

export const CancelRunDocument = graphql(`
  mutation CancelRun($id: ID!) {
    cancelExportRun(id: $id) {
      run {
        id
        status
      }
      userErrors {
        code
        message
      }
    }
  }
`)
