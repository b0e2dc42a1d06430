import { loadCatalog } from '../catalog/load.js'
import type { Config } from '../config/config.js'
import { valueFormat } from '../csv/value-format.js'
import { createLedgerStore } from '../database/deliveries/ledger-store.js'
import { createSftpTarget } from '../sftp/sftp.js'
import { createSignatureCheck, publishedKeys } from '../signing/manifest-keys.js'
import { createSource } from '../source/source.js'
import type { Report } from '../verify/report.js'
import { type OnProgress, verify, type VerifyRequest } from '../verify/verify.js'
import { openSafely } from './database.js'
import { DisposableStack } from './disposable-stack.js'

export type { Remark, Report } from '../verify/report.js'
export type { OnProgress, Progress, VerifyRequest } from '../verify/verify.js'

export interface Verifier extends AsyncDisposable {
  /** Compares delivered files with the ledger, their manifests and the source. Outages are part of the report. */
  verify(request: VerifyRequest, signal: AbortSignal, onProgress?: OnProgress): Promise<Report>
}

/** Reads delivered files, and writes nothing. */
export async function composeVerifier(config: Config): Promise<Verifier> {
  await using opened = new DisposableStack()
  const catalog = await loadCatalog(config.catalogFile)
  const database = await openSafely(config, opened)
  const deps = {
    ledger: createLedgerStore(database),
    source: opened.use(createSource({ ...config.source, applicationName: 'tidemark-verify' })),
    sftp: opened.use(createSftpTarget(config.sftp)),
    catalog,
    valueFormat,
    hiddenName: config.hiddenName,
    signatures: {
      keyIds: new Set((await publishedKeys(config.manifestKeys.publicKeys)).map(({ kid }) => kid)),
      check: createSignatureCheck(config.manifestKeys.publicKeys),
    },
  }
  const closing = opened.move()
  return {
    verify: (request, signal, onProgress = () => undefined) => verify(deps, request, signal, onProgress),
    [Symbol.asyncDispose]: () => closing[Symbol.asyncDispose](),
  }
}
