import { graphql } from '../../gql'

export const HistoryDocument = graphql(`
  query History($first: Int!) {
    exportEntities {
      id
      displayName
    }
    dataExport {
      id
      version
      ...RegistrationSettings
      changes(first: $first) {
        ...VersionChange
      }
    }
  }
`)

export const versionChange = graphql(`
  fragment VersionChange on DataExportChange {
    version
    changedBy
    changedAt
    before {
      ...StateSettings
    }
    after {
      ...StateSettings
    }
  }
`)
