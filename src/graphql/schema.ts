import 'reflect-metadata'
import { type GraphQLSchema, printSchema } from 'graphql'
import { type AuthChecker, buildSchemaSync } from 'type-graphql'
import type { Scope } from '../domain/actor.js'
import type { Catalog } from '../domain/entity.js'
import type { Audit } from '../services/audit.js'
import type { Deliveries } from '../services/deliveries.js'
import type { TenantLateness } from '../services/lateness.js'
import type { Operations } from '../services/operations.js'
import type { IncidentQueries } from '../services/incident-queries.js'
import type { Registrations } from '../services/registrations/registrations.js'
import type { Runs } from '../services/runs/runs.js'
import type { SftpKeys } from '../services/sftp-keys.js'
import type { Logger } from '../telemetry/logger.js'
import { scopeChecker } from './auth-checker.js'
import type { GraphqlContext } from './context.js'
import { AuditResolver } from './audit/audit.resolver.js'
import { DeliveryResolver } from './delivery/delivery.resolver.js'
import { fillEntityNames } from './entity/entity-name.js'
import { IncidentResolver } from './incident/incident.resolver.js'
import { EntityResolver } from './entity/entity.resolver.js'
import { LatenessResolver } from './operations/lateness.resolver.js'
import { OperationsResolver } from './operations/operations.resolver.js'
import { RegistrationResolver } from './registration/registration.resolver.js'
import { RunEntityResolver } from './run/run-entity.resolver.js'
import { RunResolver } from './run/run.resolver.js'
import { SteeringResolver } from './run/steering.resolver.js'
import { SftpResolver } from './sftp/sftp.resolver.js'

export interface SchemaDependencies {
  /** Its catalog becomes the enum of entity names. */
  readonly registrations: Registrations
  readonly runs: Runs
  readonly deliveries: Deliveries
  readonly audit: Audit
  readonly sftpKeys: SftpKeys
  readonly lateness: TenantLateness
  readonly operations: Operations
  readonly incidents: IncidentQueries
  readonly logger: Logger
}

/** The schema of the given use cases. One process can have schemas with different catalogs. */
export function buildExportSchema({
  registrations,
  runs,
  deliveries,
  audit,
  sftpKeys,
  lateness,
  operations,
  incidents,
  logger,
}: SchemaDependencies): GraphQLSchema {
  const { catalog } = registrations
  const resolvers = new Map<unknown, object>([
    [RegistrationResolver, new RegistrationResolver(registrations)],
    [RunResolver, new RunResolver(runs, deliveries, catalog)],
    [SteeringResolver, new SteeringResolver(runs, deliveries, catalog)],
    [RunEntityResolver, new RunEntityResolver(catalog)],
    [DeliveryResolver, new DeliveryResolver(deliveries, catalog)],
    [SftpResolver, new SftpResolver(sftpKeys)],
    [EntityResolver, new EntityResolver(catalog)],
    [AuditResolver, new AuditResolver(audit)],
    [LatenessResolver, new LatenessResolver(lateness)],
    [OperationsResolver, new OperationsResolver(operations)],
    [IncidentResolver, new IncidentResolver(incidents)],
  ])
  return build(catalog, (resolver) => resolvers.get(resolver), scopeChecker(audit, logger))
}

/** The schema of a catalog in the GraphQL schema language. */
export function printExportSchema(catalog: Catalog): string {
  const schema = build(
    catalog,
    () => undefined,
    () => false,
  )
  return `${printSchema(schema)}\n`
}

function build(
  catalog: Catalog,
  findResolver: (resolver: unknown) => unknown,
  authChecker: AuthChecker<GraphqlContext, Scope>,
): GraphQLSchema {
  // Building is synchronous, so no other catalog can fill the names between these two lines.
  fillEntityNames(catalog)
  return buildSchemaSync({
    resolvers: [
      RegistrationResolver,
      RunResolver,
      SteeringResolver,
      RunEntityResolver,
      DeliveryResolver,
      SftpResolver,
      EntityResolver,
      AuditResolver,
      LatenessResolver,
      OperationsResolver,
      IncidentResolver,
    ],
    container: { get: findResolver },
    authChecker,
    validate: false,
  })
}
