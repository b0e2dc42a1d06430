import { graphql } from '../../gql'

export const RunsDocument = graphql(`
  query Runs(
    $first: Int
    $after: String
    $last: Int
    $before: String
    $status: [ExportRunStatus!]
    $from: DateTime
    $to: DateTime
  ) {
    exportRuns(first: $first, after: $after, last: $last, before: $before, status: $status, from: $from, to: $to) {
      edges {
        node {
          ...RunLine
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

  fragment RunLine on ExportRun {
    id
    status
    trigger
    requestedBy
    queuedAt
    startedAt
    finishedAt
    progress {
      entitiesDone
      entitiesTotal
      rows
      bytes
    }
    error {
      code
      message
    }
    waitingFor {
      code
      message
    }
    entities {
      internalName
      status
      entity {
        id
        displayName
      }
      error {
        code
        message
      }
    }
  }
`)

export const RunChoicesDocument = graphql(`
  query RunChoices {
    dataExport {
      id
      exportOption
      pausedAt
      schedule {
        id
        nextRunTimes
      }
      entities {
        active
        entity {
          id
          name
          displayName
        }
      }
    }
  }
`)

export const StartRunDocument = graphql(`
  mutation StartRun($entityList: EntityList) {
    runDataExport(entityList: $entityList) {
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

export const TestDeliveryDocument = graphql(`
  mutation TestDelivery {
    testDelivery {
      test {
        passed
        steps {
          name
          status
          durationMs
          code
          message
          remedy
        }
      }
      userErrors {
        code
        message
      }
    }
  }
`)
