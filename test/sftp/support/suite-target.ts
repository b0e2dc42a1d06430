import { createHash } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { createSftpTarget, type SftpLimits, type SftpOptions, type SftpTarget } from '../../../src/sftp/sftp.js'
import { chunksOf } from './chunks.js'
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.js'

export const never = new AbortController().signal
setMaxListeners(0, never)
export const megabyte = 1024 * 1024

/** A server as the suite needs it, whichever it is. */
export interface SuiteServer {
  readonly options: SftpOptions
  /** Where the files are stored on this machine. */
  readonly folder: string
  end(): Promise<void>
}

export let server: SuiteServer
export let proxy: TcpProxy
export let target: SftpTarget

/** Registers the hooks that start the server once, and a proxy and a client for each test. */
export function useTarget(begin: () => Promise<SuiteServer>): void {
  beforeAll(async () => {
    server = await begin()
  })
  afterAll(() => server?.end())
  beforeEach(async () => {
    proxy = await startTcpProxy(server.options)
    target = connect()
  })
  afterEach(async () => {
    await target[Symbol.asyncDispose]()
    await proxy.stop()
  })
}

export const connect = (changes: Partial<SftpOptions & SftpLimits> = {}) =>
  createSftpTarget({ ...server.options, host: proxy.host, port: proxy.port, operationMs: 2_000, ...changes })

export const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
export const local = (path: string) => join(server.folder, path)
export const upload = (path: string, bytes: Buffer, size?: number) =>
  target.session(never, (files) => files.upload(path, chunksOf(bytes, size)))
export const missing = (path: string) =>
  stat(local(path)).then(
    () => false,
    () => true,
  )
