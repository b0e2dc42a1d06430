import { graphql } from '../../../gql'

/** The settings of the registration. */
export const registrationSettings = graphql(`
  fragment RegistrationSettings on DataExport {
    exportOption
    entityList
    frequency
    schedule {
      timeZone
      hour
      minute
    }
    encryption {
      pgp {
        publicKeys
        sign
      }
    }
    fileFormat {
      compression
      maxPartMegabytes
      delimiter
      quoting
      escapeFormulas
      changeType
    }
    columns {
      entity
      include
      exclude
    }
    excludeTags
  }
`)

/** The same settings of a former version. */
export const stateSettings = graphql(`
  fragment StateSettings on DataExportState {
    exportOption
    entityList
    frequency
    schedule {
      timeZone
      hour
      minute
    }
    encryption {
      pgp {
        publicKeys
        sign
      }
    }
    fileFormat {
      compression
      maxPartMegabytes
      delimiter
      quoting
      escapeFormulas
      changeType
    }
    columns {
      entity
      include
      exclude
    }
    excludeTags
  }
`)
