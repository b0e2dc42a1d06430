import { graphql } from '../../../../gql'

export const EncryptionKeysDocument = graphql(`
  query EncryptionKeys {
    pgpKeys {
      id
      keys {
        id
        fingerprint
        label
        isExpired
        expiresSoon
      }
      signingKey {
        fingerprint
      }
    }
  }
`)
