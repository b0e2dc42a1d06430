import { graphql } from '../../gql'

export const PauseTenantDocument = graphql(`
  mutation PauseTenant {
    pauseDataExport {
      dataExport {
        id
        pausedAt
      }
      userErrors {
        code
        message
      }
    }
  }
`)

export const ResumeTenantDocument = graphql(`
  mutation ResumeTenant($catchUp: CatchUp!) {
    resumeDataExport(catchUp: $catchUp) {
      dataExport {
        id
        pausedAt
      }
      userErrors {
        code
        message
      }
    }
  }
`)

export const RunTenantDocument = graphql(`
  mutation RunTenant {
    runDataExport {
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

export const RetryTenantDocument = graphql(`
  mutation RetryTenant($id: ID!) {
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
