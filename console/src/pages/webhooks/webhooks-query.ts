import { graphql } from '../../gql'

export const WebhooksDocument = graphql(`
  query Webhooks {
    exportWebhooks {
      ...WebhookCard
    }
  }

  fragment WebhookCard on Webhook {
    id
    url
    label
    kind
    types
    ordered
    pausedAt
    disabledAt
    disabledReason
    createdAt
    createdBy
    secrets {
      id
      signature
      publicKey
      createdAt
    }
  }
`)

export const WebhookDeliveriesDocument = graphql(`
  query WebhookDeliveries {
    exportWebhooks {
      id
      deliveries(first: 20) {
        edges {
          node {
            ...WebhookDeliveryLine
          }
        }
      }
    }
  }

  fragment WebhookDeliveryLine on WebhookDelivery {
    id
    eventId
    number
    type
    at
    status
    attempts
    nextAttemptAt
    deliveredAt
    statusCode
    failure
  }
`)

export const AddWebhookDocument = graphql(`
  mutation AddWebhook($input: AddWebhookInput!) {
    addWebhook(input: $input) {
      webhook {
        ...WebhookCard
      }
      secret
      userErrors {
        code
        message
        path
      }
    }
  }
`)

export const UpdateWebhookDocument = graphql(`
  mutation UpdateWebhook($id: ID!, $input: UpdateWebhookInput!) {
    updateWebhook(id: $id, input: $input) {
      webhook {
        ...WebhookCard
      }
      userErrors {
        code
        message
      }
    }
  }
`)

export const RemoveWebhookDocument = graphql(`
  mutation RemoveWebhook($id: ID!) {
    removeWebhook(id: $id) {
      webhook {
        ...WebhookCard
      }
      userErrors {
        code
        message
      }
    }
  }
`)

export const TestWebhookDocument = graphql(`
  mutation TestWebhook($id: ID!) {
    testWebhook(id: $id) {
      eventId
      userErrors {
        code
        message
      }
    }
  }
`)

export const RotateWebhookSecretDocument = graphql(`
  mutation RotateWebhookSecret($id: ID!) {
    rotateWebhookSecret(id: $id) {
      webhook {
        ...WebhookCard
      }
      secret
      userErrors {
        code
        message
      }
    }
  }
`)

export const RemoveWebhookSecretDocument = graphql(`
  mutation RemoveWebhookSecret($id: ID!, $secretId: ID!) {
    removeWebhookSecret(id: $id, secretId: $secretId) {
      webhook {
        ...WebhookCard
      }
      userErrors {
        code
        message
      }
    }
  }
`)

export const ReplayWebhookDocument = graphql(`
  mutation ReplayWebhook($id: ID!, $input: ReplayWebhookInput!) {
    replayWebhookDeliveries(id: $id, input: $input) {
      events
      userErrors {
        code
        message
      }
    }
  }
`)
