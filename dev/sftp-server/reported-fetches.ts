import { createHash, randomUUID } from 'node:crypto'
import type { ReportedFetch } from '../../src/domain/fetch.js'
import { sshFingerprint } from '../../src/domain/ssh-fingerprint.js'
import type { LoggedIn } from './accounts.js'
import type { OpenFile } from './open-handles.js'

/** What the server tells of its tenants. A listener must not throw. */
export interface FetchListener {
  readonly fetched: (fetch: ReportedFetch) => void
  /** A tenant has logged in with a key. */
  readonly loggedIn: (login: { readonly tenantId: string; readonly keyFingerprint: string; readonly at: Date }) => void
}

/** Reports each file that a tenant has read and closed. What the writer reads is no fetch. */
export function reportFetches(
  listener: FetchListener,
  login: LoggedIn,
  address: string | undefined,
): ((file: OpenFile) => void) | undefined {
  const { access } = login
  if (access.kind !== 'tenant') return undefined
  const { tenantId } = access
  const keyFingerprint = login.keyLine === undefined ? null : fingerprintOf(login.keyLine)
  if (keyFingerprint !== null) listener.loggedIn({ tenantId, keyFingerprint, at: new Date() })
  return ({ path, openedAt, bytesRead, ranges }) => {
    if (bytesRead === 0) return
    listener.fetched({
      id: randomUUID(),
      tenantId,
      path,
      startedAt: openedAt,
      endedAt: new Date(),
      bytesRead,
      ranges: ranges.list(),
      keyFingerprint,
      address: address ?? null,
    })
  }
}

/** @param line as in `authorized_keys`, without options */
function fingerprintOf(line: string): string {
  const [, blob = ''] = line.split(' ')
  return sshFingerprint(createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64'))
}
