import { graphql } from '../../gql'

export const EmailRecipientsDocument = graphql(`
  query EmailRecipients {
    exportEmailRecipients {
      id
      isAvailable
      recipients {
        ...EmailRecipientLine
      }
    }
  }

  fragment EmailRecipientLine on EmailRecipient {
    id
    email
    kinds
    state
    problem
    lastSentAt
    addedAt
    addedBy
  }
`)

export const AddEmailRecipientDocument = graphql(`
  mutation AddEmailRecipient($email: String!, $kinds: [EmailKind!]!) {
    addEmailRecipient(email: $email, kinds: $kinds) {
      recipient {
        ...EmailRecipientLine
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`)

export const ChangeEmailRecipientDocument = graphql(`
  mutation ChangeEmailRecipient($id: ID!, $kinds: [EmailKind!]!) {
    changeEmailRecipient(id: $id, kinds: $kinds) {
      recipient {
        ...EmailRecipientLine
      }
      userErrors {
        code
        message
      }
    }
  }
`)

export const RemoveEmailRecipientDocument = graphql(`
  mutation RemoveEmailRecipient($id: ID!) {
    removeEmailRecipient(id: $id) {
      recipient {
        ...EmailRecipientLine
      }
      userErrors {
        code
        message
      }
    }
  }
`)

export const ResendEmailVerificationDocument = graphql(`
  mutation ResendEmailVerification($id: ID!) {
    resendEmailVerification(id: $id) {
      recipient {
        ...EmailRecipientLine
      }
      userErrors {
        code
        message
      }
    }
  }
`)
