import { ApolloServer, type ApolloServerPlugin } from '@apollo/server'
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled'
import { admissionPlugin } from './admission.js'
import type { GraphqlContext } from './context.js'
import { failedStatusPlugin, formatErrors } from './errors.js'
import { documentLimitsRule, maxTokens } from './limits.js'
import { buildExportSchema, type SchemaDependencies } from './schema.js'

export interface GraphqlOptions {
  readonly introspection: boolean
  /** The page for browsers that open the endpoint. There is none by default. */
  readonly landingPage?: ApolloServerPlugin | undefined
}

/** The GraphQL server, not yet started. Its defaults do not depend on NODE_ENV. */
export function createGraphqlServer(
  dependencies: SchemaDependencies,
  options: GraphqlOptions,
): ApolloServer<GraphqlContext> {
  const formatError = formatErrors({ ...dependencies, ...options })
  return new ApolloServer<GraphqlContext>({
    schema: buildExportSchema(dependencies),
    logger: dependencies.logger,
    formatError,
    includeStacktraceInErrorResponses: false,
    introspection: options.introspection,
    // It takes quadratic time in the length of a message. formatErrors hides the names of the schema instead.
    hideSchemaDetailsFromClientErrors: false,
    parseOptions: { maxTokens },
    validationRules: [documentLimitsRule],
    maxRecursiveSelections: true,
    persistedQueries: false,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    stopOnTerminationSignals: false,
    plugins: [
      admissionPlugin({ ...dependencies, formatError }),
      failedStatusPlugin,
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      options.landingPage ?? ApolloServerPluginLandingPageDisabled(),
    ],
  })
}
