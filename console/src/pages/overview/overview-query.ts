import { graphql } from '../../gql'

export const OverviewDocument = graphql(`
  query Overview {
    dataExport {
      id
      exportOption
      frequency
      pausedAt
      overdue
      overdueSince
      expectedBy
      unfetchedFiles {
        days
        files
        oldest
      }
      schedule {
        id
        state
        nextRunTimes(first: 1)
      }
      entities {
        ...EntityFreshness
      }
    }
    exportRuns(first: 5) {
      edges {
        node {
          ...RunLine
          entities {
            internalName
            status
            error {
              code
              message
            }
          }
        }
      }
    }
  }
`)

export const entityFreshness = graphql(`
  fragment EntityFreshness on RegisteredEntity {
    id
    active
    overdue
    coveredUntil
    nextDeliveryAt
    entity {
      id
      name
      displayName
      internalName
    }
    lastDelivery {
      id
      mode
      rows
      bytes
      publishedAt
      runId
    }
  }
`)

export const DaysDocument = graphql(`
  query Days($from: Date!, $to: Date!, $entity: ExportEntityName) {
    exportDays(from: $from, to: $to, entity: $entity) {
      ...DayFacts
    }
  }
`)

export const dayFacts = graphql(`
  fragment DayFacts on ExportDay {
    date
    status
    files
    rows
    bytes
    fullLoads
    redeliveredFiles
    removedFiles
    failedEntities
  }
`)
