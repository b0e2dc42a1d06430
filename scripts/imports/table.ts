/**
 * The table of permitted imports. The check of imports (`config.ts`) and docs/reference/imports.md are generated from it.
 * An area is a folder of `src` or of `console/src`, a file beside them, or `workflows`, `activities` and `dev`. Every area may import
 * itself.
 * A test finds permissions that no file uses.
 */
export interface ImportRule {
  /** Areas that may be imported. */
  readonly areas: readonly string[]
  /** Areas of which only types may be imported, with `import type`. */
  readonly typesOf?: readonly string[]
  /** npm packages that may be imported; `node:` stands for all of Node's own modules. */
  readonly packages: readonly string[]
}

export const importTable: Readonly<Record<string, ImportRule>> = {
  // Workflows import no file that computes with time zones.
  domain: { areas: [], packages: ['temporal-polyfill'] },
  contracts: { areas: ['domain'], packages: [] },
  catalog: { areas: ['domain'], packages: ['node:', 'zod'] },
  // pg and ssh2 read at start what they will use: a URL and a private key.
  config: {
    areas: ['domain'],
    typesOf: ['auth', 'email', 'schedules', 'secrets', 'sftp'],
    packages: ['node:', 'pg', 'ssh2', 'zod'],
  },
  telemetry: {
    areas: ['domain', 'contracts'],
    typesOf: ['source'],
    packages: [
      'node:',
      'pino',
      'prom-client',
      '@opentelemetry/api',
      '@opentelemetry/exporter-trace-otlp-http',
      '@opentelemetry/resources',
      '@opentelemetry/sdk-trace-node',
      '@temporalio/common',
      '@temporalio/interceptors-opentelemetry',
      '@temporalio/worker',
    ],
  },
  generated: { areas: [], packages: ['node:', '@prisma/client'] },

  // What Temporal's sandbox can run: nothing of Node's, and of npm only these.
  workflows: {
    areas: ['contracts', 'domain'],
    typesOf: ['activities'],
    packages: ['@temporalio/workflow', '@temporalio/common'],
  },
  activities: {
    areas: ['domain', 'contracts', 'publication', 'telemetry'],
    typesOf: ['csv', 'database', 'secrets', 'sftp', 'source', 'webhooks'],
    packages: ['node:', '@temporalio/activity', '@temporalio/common'],
  },

  auth: { areas: ['domain'], packages: ['node:', 'jose', 'oauth4webapi'] },
  csv: { areas: ['domain'], packages: ['node:', 'csv-stringify'] },
  database: {
    areas: ['domain', 'generated'],
    packages: ['node:', 'pg', '@prisma/adapter-pg'],
  },
  email: { areas: ['domain'], packages: ['nodemailer'] },
  pgp: { areas: ['domain'], packages: ['node:', 'openpgp'] },
  schedules: {
    areas: ['domain', 'contracts'],
    packages: ['node:', '@temporalio/client', '@temporalio/common', '@temporalio/proto'],
  },
  secrets: { areas: [], packages: ['node:'] },
  sftp: { areas: ['domain'], packages: ['node:', 'ssh2', 'ssh2-sftp-client'] },
  signing: { areas: ['domain'], packages: ['node:', 'jose'] },
  source: { areas: ['domain'], packages: ['node:', 'pg'] },
  webhooks: { areas: ['domain'], packages: ['node:'] },

  // The protocol that makes a file appear exactly once, over ports of the database and the SFTP server.
  publication: { areas: ['domain'], typesOf: ['telemetry'], packages: ['node:'] },
  services: {
    areas: ['domain', 'contracts', 'telemetry'],
    typesOf: ['auth', 'database', 'email', 'schedules', 'secrets', 'sftp', 'source', 'webhooks'],
    packages: ['node:', 'fastest-levenshtein', 'yaml'],
  },
  // What `tidemark doctor` checks, each thing over what the adapter of it offers.
  doctor: { areas: ['domain'], typesOf: ['auth', 'database', 'schedules', 'sftp', 'source'], packages: ['node:'] },
  verify: { areas: ['domain'], typesOf: ['database', 'sftp', 'source'], packages: ['node:', 'csv-parse'] },
  graphql: {
    areas: ['services', 'telemetry', 'domain'],
    packages: [
      '@apollo/server',
      'graphql',
      'graphql-query-complexity',
      'graphql-scalars',
      'graphql-ws',
      'reflect-metadata',
      'type-graphql',
    ],
  },
  rest: { areas: ['services', 'domain'], packages: ['fastify'] },
  http: {
    areas: ['graphql', 'rest', 'services', 'telemetry', 'domain'],
    typesOf: ['auth', 'config'],
    packages: [
      'node:',
      'fastify',
      '@fastify/cors',
      '@apollo/server',
      '@as-integrations/fastify',
      'rate-limiter-flexible',
      'ws',
    ],
  },

  compose: {
    areas: [
      'auth',
      'csv',
      'database',
      'email',
      'pgp',
      'schedules',
      'secrets',
      'sftp',
      'signing',
      'source',
      'webhooks',
      'activities',
      'catalog',
      'config',
      'contracts',
      'domain',
      'http',
      'services',
      'telemetry',
      'doctor',
      'verify',
    ],
    packages: ['node:', '@temporalio/worker', 'undici'],
  },
  dev: {
    areas: ['bin', 'compose', 'config', 'contracts', 'catalog', 'domain'],
    packages: [
      'node:',
      '@fastify/cors',
      '@temporalio/client',
      '@temporalio/proto',
      'fastify',
      'jose',
      'openpgp',
      'pg',
      'pg-copy-streams',
      'reflect-metadata',
      'ssh2',
      'ssh2-sftp-client',
      'standardwebhooks',
    ],
  },
  bin: {
    areas: ['compose', 'config'],
    packages: ['node:', 'commander', 'reflect-metadata'],
  },

  // The console runs in a browser, and knows the API only by its schema.
  'console/gql': { areas: [], packages: ['@graphql-typed-document-node/core'] },
  'console/format': { areas: [], packages: [] },
  'console/ui': {
    areas: ['console/format'],
    packages: ['react', 'react-aria-components', '@tanstack/react-router', 'urql', 'd3-scale'],
  },
  'console/pages': {
    areas: ['console/ui', 'console/format', 'console/gql'],
    packages: ['react', 'react-aria-components', '@tanstack/react-router', 'urql'],
  },
  'console/app': {
    areas: ['console/pages', 'console/ui'],
    packages: ['react', 'react-aria-components', '@tanstack/react-router', 'urql', '@urql/exchange-auth'],
  },
}
