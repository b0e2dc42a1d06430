import { graphql } from '../../gql'

export const SftpAccessDocument = graphql(`
  query SftpAccess {
    sftpAccess {
      id
      host
      port
      username
      hostKeyFingerprints
      keys {
        ...KeyLine
      }
    }
  }

  fragment KeyLine on SftpKey {
    id
    fingerprint
    label
    type
    addedAt
    addedBy
    lastUsedAt
  }
`)

export const AddKeyDocument = graphql(`
  mutation AddKey($label: String!, $publicKey: String!) {
    addSftpKey(label: $label, publicKey: $publicKey) {
      key {
        ...KeyLine
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`)

export const RemoveKeyDocument = graphql(`
  mutation RemoveKey($id: ID!) {
    removeSftpKey(id: $id) {
      key {
        ...KeyLine
      }
      userErrors {
        code
        message
      }
    }
  }
`)
