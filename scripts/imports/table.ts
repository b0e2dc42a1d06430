/**
 * Who may import whom: ARCHITECTURE.md's table, for the tool that checks it. An area is a folder of `src`, a file
 * beside them, or `workflows` and `activities`. Every area may import itself.
 */
export interface ImportRule {
  /** Areas that may be imported. */
  readonly areas: readonly string[]
  /** Areas of which only types may be imported, with `import type`. */
  readonly typesOf?: readonly string[]
  /** npm packages that may be imported; `node:` stands for all of Node's own modules. */
  readonly packages: readonly string[]
}

const adapters = ['auth', 'csv', 'database', 'schedules', 'sftp', 'source']
const api = ['fastify', '@fastify/cors']

export const importTable: Readonly<Record<string, ImportRule>> = {
  domain: { areas: [], packages: [] },
  contracts: { areas: ['domain'], packages: [] },
  catalog: { areas: ['domain'], packages: ['node:', 'zod'] },
  // pg and ssh2 read at start what they will use: a URL and a private key.
  config: { areas: ['domain'], typesOf: ['auth', 'schedules', 'sftp'], packages: ['node:', 'pg', 'ssh2', 'zod'] },
  telemetry: {
    areas: ['domain', 'contracts'],
    typesOf: ['source'],
    packages: ['node:', 'pino', '@temporalio/worker'],
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
    typesOf: adapters,
    packages: ['node:', '@temporalio/activity', '@temporalio/common'],
  },

  auth: { areas: ['domain', 'contracts'], packages: ['node:', 'jose'] },
  csv: { areas: ['domain', 'contracts'], packages: ['node:', 'csv-stringify'] },
  database: {
    areas: ['domain', 'contracts', 'generated'],
    packages: ['node:', 'pg', '@prisma/adapter-pg', '@prisma/client'],
  },
  schedules: {
    areas: ['domain', 'contracts'],
    packages: ['node:', '@temporalio/client', '@temporalio/common', '@temporalio/proto'],
  },
  sftp: { areas: ['domain', 'contracts'], packages: ['node:', 'ssh2', 'ssh2-sftp-client'] },
  source: { areas: ['domain', 'contracts'], packages: ['node:', 'pg'] },

  // The protocol that makes a file appear exactly once, over ports of the database and the SFTP server.
  publication: { areas: ['domain'], typesOf: ['telemetry'], packages: ['node:'] },
  services: {
    areas: ['domain', 'contracts', 'telemetry'],
    typesOf: adapters,
    packages: ['node:', 'fastest-levenshtein'],
  },
  verify: { areas: ['domain'], typesOf: adapters, packages: ['node:', 'csv-parse'] },
  graphql: {
    areas: ['services', 'domain'],
    typesOf: ['telemetry'],
    packages: [
      'node:',
      ...api,
      '@apollo/server',
      '@as-integrations/fastify',
      'graphql',
      'graphql-query-complexity',
      'graphql-scalars',
      'reflect-metadata',
      'type-graphql',
    ],
  },
  rest: { areas: ['services', 'domain'], typesOf: ['telemetry'], packages: ['node:', ...api, 'zod'] },
  http: {
    areas: ['graphql', 'rest', 'services', 'domain'],
    typesOf: ['auth', 'config', 'telemetry'],
    packages: ['node:', ...api, '@apollo/server', '@as-integrations/fastify', 'rate-limiter-flexible'],
  },

  compose: {
    areas: [
      ...adapters,
      'activities',
      'catalog',
      'config',
      'contracts',
      'domain',
      'graphql',
      'http',
      'rest',
      'services',
      'telemetry',
      'verify',
      'workflows',
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
      '@temporalio/testing',
      'fastify',
      'jose',
      'pg',
      'pg-copy-streams',
      'reflect-metadata',
      'ssh2',
      'ssh2-sftp-client',
    ],
  },
  bin: {
    areas: ['compose', 'config', 'contracts'],
    packages: ['node:', 'commander', 'reflect-metadata'],
  },
}
