import { expect, test } from 'vitest'
import { nowhere } from '../../bench/start/measure.js'
import { loadedPackages } from './support/loaded-packages.js'

const graphql = ['@apollo/server', '@as-integrations/fastify', 'fastify', 'graphql', 'type-graphql']
const nativeWorker = ['@temporalio/core-bridge', '@temporalio/worker', 'webpack']
const temporal = [...nativeWorker, '@grpc/grpc-js', '@temporalio/client', '@temporalio/common']
const sftp = ['ssh2-sftp-client']
/** Only with METRICS_ADDRESS, or with OTEL_EXPORTER_OTLP_ENDPOINT. */
const telemetry = [
  'prom-client',
  '@opentelemetry/api',
  '@opentelemetry/sdk-trace-node',
  '@opentelemetry/exporter-trace-otlp-http',
  '@temporalio/interceptors-opentelemetry',
]

test.each([
  ['api', ['--help'], ['@apollo/server', '@temporalio/client'], [...nativeWorker, ...sftp, ...telemetry]],
  ['worker', ['--help'], ['@temporalio/core-bridge', '@temporalio/worker'], [...graphql, ...telemetry]],
  ['cli', ['--help'], ['commander'], [...graphql, ...temporal, ...sftp, '@prisma/client', 'pg', 'ssh2', 'zod']],
  ['cli', ['migrate'], ['pg'], [...graphql, ...temporal, ...sftp, '@prisma/client', 'ssh2']],
  ['cli', ['authorized-keys', 'acme'], ['@prisma/client'], [...graphql, ...temporal, ...sftp, 'ssh2']],
  ['cli', ['check-source'], ['pg'], [...graphql, ...temporal, ...sftp, '@prisma/client']],
  ['cli', ['verify', '--all'], ['@prisma/client', ...sftp], [...graphql, ...temporal, ...telemetry]],
  ['cli', ['remove-registration', 'acme', '--yes'], ['@temporalio/client', ...sftp], [...graphql, ...nativeWorker]],
])('the program %s with the words %j loads what it uses and nothing else', async (program, words, wanted, unwanted) => {
  const loaded = await loadedPackages(`src/bin/${program}.ts`, words, nowhere)
  expect(wanted.filter((name) => !loaded.has(name))).toEqual([])
  expect(unwanted.filter((name) => loaded.has(name))).toEqual([])
})
