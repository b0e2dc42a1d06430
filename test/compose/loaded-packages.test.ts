import { expect, test } from 'vitest'
import { loadedPackages } from './support/loaded-packages.js'

/** A configuration whose servers all refuse connections. */
const nowhere = {
  DATABASE_URL: 'postgresql://app:secret@127.0.0.1:1/tidemark',
  DATABASE_OWNER_URL: 'postgresql://owner:secret@127.0.0.1:1/tidemark',
  SOURCE_DATABASE_URL: 'postgresql://reader:secret@127.0.0.1:1/platform',
  TEMPORAL_ADDRESS: '127.0.0.1:1',
  OAUTH_ISSUER: 'http://127.0.0.1:1/nobody',
  SFTP_HOST: '127.0.0.1',
  SFTP_PORT: '1',
  SFTP_USERNAME: 'nobody',
  SFTP_PASSWORD: 'nothing',
  SFTP_HOST_KEY_FINGERPRINT: `SHA256:${'A'.repeat(43)}`,
}

const graphql = ['@apollo/server', '@as-integrations/fastify', 'fastify', 'graphql', 'type-graphql']
const nativeWorker = ['@temporalio/core-bridge', '@temporalio/worker', 'webpack']
const temporal = [...nativeWorker, '@grpc/grpc-js', '@temporalio/client', '@temporalio/common']
const sftp = ['ssh2-sftp-client']

test.each([
  ['api', ['--help'], ['@apollo/server', '@temporalio/client'], [...nativeWorker, ...sftp]],
  ['worker', ['--help'], ['@temporalio/core-bridge', '@temporalio/worker'], graphql],
  ['cli', ['--help'], ['commander'], [...graphql, ...temporal, ...sftp, '@prisma/client', 'pg', 'ssh2', 'zod']],
  ['cli', ['migrate'], ['pg'], [...graphql, ...temporal, ...sftp, '@prisma/client', 'ssh2']],
  ['cli', ['authorized-keys', 'acme'], ['@prisma/client'], [...graphql, ...temporal, ...sftp, 'ssh2']],
  ['cli', ['check-source'], ['pg'], [...graphql, ...temporal, ...sftp, '@prisma/client']],
  ['cli', ['verify', '--all'], ['@prisma/client', ...sftp], [...graphql, ...temporal]],
  ['cli', ['remove-registration', 'acme', '--yes'], ['@temporalio/client', ...sftp], [...graphql, ...nativeWorker]],
])('the program %s with the words %j loads what it uses and nothing else', async (program, words, wanted, unwanted) => {
  const loaded = await loadedPackages(`src/bin/${program}.ts`, words, nowhere)
  expect(wanted.filter((name) => !loaded.has(name))).toEqual([])
  expect(unwanted.filter((name) => loaded.has(name))).toEqual([])
})
