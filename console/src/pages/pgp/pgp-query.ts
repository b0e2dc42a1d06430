import { graphql } from '../../gql'

export const PgpKeysDocument = graphql(`
  query PgpKeys {
    pgpKeys {
      id
      keys {
        ...PgpKeyLine
      }
      signingKey {
        fingerprint
        publicKey
      }
    }
  }

  fragment PgpKeyLine on PgpKey {
    id
    fingerprint
    label
    userId
    algorithm
    expiresAt
    expiresSoon
    isExpired
    addedAt
    addedBy
  }
`)

export const AddPgpKeyDocument = graphql(`
  mutation AddPgpKey($label: String!, $publicKey: String!) {
    addPgpKey(label: $label, publicKey: $publicKey) {
      key {
        ...PgpKeyLine
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`)

export const RemovePgpKeyDocument = graphql(`
  mutation RemovePgpKey($fingerprint: String!) {
    removePgpKey(fingerprint: $fingerprint) {
      key {
        ...PgpKeyLine
      }
      userErrors {
        code
        message
      }
    }
  }
`)
