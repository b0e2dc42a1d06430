import 'reflect-metadata'
import { type GraphQLSchema, printSchema } from 'graphql'
import { type AuthChecker, buildSchemaSync } from 'type-graphql'
import type { Scope } from '../domain/actor.js'
import type { Catalog } from '../domain/entity.js'
import type { Audit } from '../services/audit.js'
import type { Contracts } from '../services/contracts.js'
import type { Deliveries } from '../services/deliveries.js'
import type { EmailRecipients } from '../services/email/recipients.js'
import type { EventFeed } from '../services/events/event-feed.js'
import type { Fetches } from '../services/fetches.js'
import type { IncidentQueries } from '../services/incident-queries.js'
import type { TenantLateness } from '../services/lateness.js'
import type { Operations } from '../services/operations.js'
import type { Registrations } from '../services/registrations/registrations.js'
import type { Runs } from '../services/runs/runs.js'
import type { PgpKeys } from '../services/pgp-keys.js'
import type { SftpKeys } from '../services/sftp-keys.js'
import type { DeliveryTests } from '../services/test-delivery.js'
import type { Webhooks } from '../services/webhooks/webhooks.js'
import type { Logger } from '../telemetry/logger.js'
import { scopeChecker } from './auth-checker.js'
import type { GraphqlContext } from './context.js'
import { AuditResolver } from './audit/audit.resolver.js'
import { ContractResolver } from './contract/contract.resolver.js'
import { DeliveryResolver } from './delivery/delivery.resolver.js'
import { DeliveryTestResolver } from './delivery-test/delivery-test.resolver.js'
import { EmailResolver } from './email/email.resolver.js'
import { fillEntityNames } from './entity/entity-name.js'
import { EventResolver } from './event/event.resolver.js'
import { DeliveryFetchesResolver } from './fetch/delivery-fetches.resolver.js'
import { KeyUseResolver } from './fetch/key-use.resolver.js'
import { UnfetchedResolver } from './fetch/unfetched.resolver.js'
import { IncidentResolver } from './incident/incident.resolver.js'
import { EntityResolver } from './entity/entity.resolver.js'
import { LatenessResolver } from './operations/lateness.resolver.js'
import { OperationsResolver } from './operations/operations.resolver.js'
import { RegisteredEntityResolver } from './registration/registered-entity.resolver.js'
import { RegistrationResolver } from './registration/registration.resolver.js'
import { ScheduleResolver } from './registration/schedule.resolver.js'
import { RunErrorResolver } from './run/run-error.resolver.js'
import { RunWaitResolver } from './run/run-wait.resolver.js'
import { RunEntityResolver } from './run/run-entity.resolver.js'
import { RunResolver } from './run/run.resolver.js'
import { shapeRuns } from './run/shape-run.js'
import { RunSubscriptionResolver } from './subscriptions/run-subscription.resolver.js'
import { SteeringResolver } from './run/steering.resolver.js'
import { PgpResolver } from './pgp/pgp.resolver.js'
import { SftpResolver } from './sftp/sftp.resolver.js'
import { WebhookResolver } from './webhook/webhook.resolver.js'
import { ViewerResolver } from './viewer/viewer.resolver.js'

export interface SchemaDependencies {
  /** Its catalog becomes the enum of entity names. */
  readonly registrations: Registrations
  readonly runs: Runs
  readonly deliveries: Deliveries
  readonly fetches: Fetches
  readonly contracts: Contracts
  readonly audit: Audit
  readonly sftpKeys: SftpKeys
  readonly pgpKeys: PgpKeys
  readonly emailRecipients: EmailRecipients
  readonly incidents: IncidentQueries
  readonly lateness: TenantLateness
  readonly operations: Operations
  readonly deliveryTests: DeliveryTests
  readonly webhooks: Webhooks
  readonly eventFeed: EventFeed
  readonly logger: Logger
}

/** The schema of the given use cases. One process can have schemas with different catalogs. */
export function buildExportSchema({
  registrations,
  runs,
  deliveries,
  fetches,
  contracts,
  audit,
  sftpKeys,
  pgpKeys,
  emailRecipients,
  incidents,
  lateness,
  operations,
  deliveryTests,
  webhooks,
  eventFeed,
  logger,
}: SchemaDependencies): GraphQLSchema {
  const { catalog } = registrations
  const resolvers = new Map<unknown, object>([
    [RegistrationResolver, new RegistrationResolver(registrations)],
    [ScheduleResolver, new ScheduleResolver()],
    [RegisteredEntityResolver, new RegisteredEntityResolver(deliveries, lateness, catalog)],
    [RunResolver, new RunResolver(runs, deliveries, catalog)],
    [
      RunSubscriptionResolver,
      new RunSubscriptionResolver((actor, run) => shapeRuns({ runs, deliveries, catalog }, actor, [run])(run)),
    ],
    [SteeringResolver, new SteeringResolver(runs, deliveries, catalog)],
    [RunEntityResolver, new RunEntityResolver(catalog)],
    [RunErrorResolver, new RunErrorResolver()],
    [RunWaitResolver, new RunWaitResolver()],
    [DeliveryResolver, new DeliveryResolver(deliveries, catalog)],
    [DeliveryFetchesResolver, new DeliveryFetchesResolver(fetches)],
    [KeyUseResolver, new KeyUseResolver(fetches)],
    [UnfetchedResolver, new UnfetchedResolver(fetches)],
    [ContractResolver, new ContractResolver(contracts)],
    [DeliveryTestResolver, new DeliveryTestResolver(deliveryTests)],
    [SftpResolver, new SftpResolver(sftpKeys)],
    [PgpResolver, new PgpResolver(pgpKeys)],
    [EmailResolver, new EmailResolver(emailRecipients)],
    [EntityResolver, new EntityResolver(catalog)],
    [AuditResolver, new AuditResolver(audit)],
    [EventResolver, new EventResolver(eventFeed)],
    [IncidentResolver, new IncidentResolver(incidents)],
    [LatenessResolver, new LatenessResolver(lateness)],
    [OperationsResolver, new OperationsResolver(operations)],
    [WebhookResolver, new WebhookResolver(webhooks)],
    [ViewerResolver, new ViewerResolver()],
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
      ScheduleResolver,
      RegisteredEntityResolver,
      RunResolver,
      RunSubscriptionResolver,
      SteeringResolver,
      RunEntityResolver,
      RunErrorResolver,
      RunWaitResolver,
      DeliveryResolver,
      DeliveryFetchesResolver,
      KeyUseResolver,
      UnfetchedResolver,
      ContractResolver,
      DeliveryTestResolver,
      SftpResolver,
      PgpResolver,
      EmailResolver,
      EntityResolver,
      AuditResolver,
      EventResolver,
      IncidentResolver,
      LatenessResolver,
      OperationsResolver,
      WebhookResolver,
      ViewerResolver,
    ],
    container: { get: findResolver },
    authChecker,
    // type-graphql requires it of a schema with subscriptions, also if each has a function `subscribe`.
    pubSub: { subscribe: unused, publish: unused },
    validate: false,
  })
}

function unused(): never {
  throw new Error('the schema has no topics')
}
