import type { ApolloServerPlugin, GraphQLRequest } from '@apollo/server'
import { type DocumentNode, GraphQLError, type GraphQLSchema } from 'graphql'
import {
  type ComplexityEstimatorArgs,
  fieldExtensionsEstimator,
  getComplexity,
  simpleEstimator,
} from 'graphql-query-complexity'

/** Tokens of a document; the examples together have about 500. */
export const maxTokens = 2_000
/** Fields in the answer, as far as the document tells: a page of 100 runs with 26 entities in full fits in. */
export const maxComplexity = 100_000

type Complexity = (options: ComplexityEstimatorArgs) => number

/** The cost of a list that is expected to have `length` items. */
export function listComplexity(length: number): Complexity {
  return ({ childComplexity }) => 1 + length * childComplexity
}

/** The cost of a list with one item for each entity. */
export const entitiesComplexity = listComplexity(26)

/** The cost of a list whose length is its argument `first` or `last`. */
export function pageComplexity(defaultLength: number): Complexity {
  return ({ args, childComplexity }) => {
    const length: unknown = args['first'] ?? args['last'] ?? defaultLength
    return 1 + Math.max(typeof length === 'number' ? length : defaultLength, 1) * childComplexity
  }
}

/**
 * Refuses operations that are too costly before anything is resolved. Their depth needs no limit of its own: no type of
 * the schema leads back to itself, which a test holds.
 */
export const limitsPlugin: ApolloServerPlugin = {
  async requestDidStart() {
    return {
      async didResolveOperation({ schema, document, operation, request }) {
        if (!operation) return // No operation of the document has the asked name: Apollo says so.
        const cost = costOf(schema, document, request)
        if (cost > maxComplexity) {
          const message = `The operation could answer with ${cost} fields; ${maxComplexity} is the most. Ask for less.`
          throw new GraphQLError(message, { extensions: { code: 'OPERATION_TOO_LARGE', http: { status: 400 } } })
        }
      },
    }
  },
}

function costOf(schema: GraphQLSchema, query: DocumentNode, request: GraphQLRequest): number {
  try {
    return getComplexity({
      schema,
      query,
      variables: request.variables ?? {},
      ...(request.operationName ? { operationName: request.operationName } : {}),
      estimators: [fieldExtensionsEstimator(), simpleEstimator({ defaultComplexity: 1 })],
    })
  } catch (error) {
    // Variables that do not fit their types come up here first, before the execution would refuse them.
    if (!(error instanceof GraphQLError)) throw error
    throw new GraphQLError(error.message, {
      ...(error.nodes ? { nodes: error.nodes } : {}),
      extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
    })
  }
}
