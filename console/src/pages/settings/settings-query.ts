import { graphql } from '../../gql'

export const SettingsPageDocument = graphql(`
  query SettingsPage {
    exportEntities {
      id
      name
      displayName
      internalName
      description
      kind
      key
      tags
      reportsRemovals
      columns {
        name
        type
        description
        nullable
        tags
        alwaysDelivered
      }
    }
    viewer {
      tenantId
      actsForTenant
    }
    dataExport {
      ...Registration
    }
  }
`)

export const registration = graphql(`
  fragment Registration on DataExport {
    id
    tenantId
    version
    updatedAt
    updatedBy
    pausedAt
    schedule {
      id
      state
      error
      nextRunTimes(first: 5)
    }
    ...RegistrationSettings
  }
`)

/** What a registration with this input would be. It changes nothing. */
export const PreviewSettingsDocument = graphql(`
  query PreviewSettings($input: RegisterDataExportInput!) {
    previewDataExport(input: $input) {
      changed
      dataExport {
        id
        schedule {
          id
          nextRunTimes(first: 5)
        }
      }
      activated {
        id
        displayName
      }
      deactivated {
        id
        displayName
      }
      unchanged {
        id
      }
      notices {
        code
        message
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`)

export const SaveSettingsDocument = graphql(`
  mutation SaveSettings($input: RegisterDataExportInput!) {
    registerDataExport(input: $input) {
      changed
      dataExport {
        ...Registration
      }
      activated {
        id
        displayName
      }
      notices {
        code
        message
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`)

export const PauseExportDocument = graphql(`
  mutation PauseExport {
    pauseDataExport {
      dataExport {
        ...Registration
      }
      userErrors {
        code
        message
      }
    }
  }
`)

export const ResumeExportDocument = graphql(`
  mutation ResumeExport($catchUp: CatchUp!) {
    resumeDataExport(catchUp: $catchUp) {
      dataExport {
        ...Registration
      }
      userErrors {
        code
        message
      }
    }
  }
`)

export const RequestFullLoadDocument = graphql(`
  mutation RequestFullLoad($when: FullLoadTime!, $entityList: EntityList!) {
    requestFullLoad(when: $when, entityList: $entityList) {
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
