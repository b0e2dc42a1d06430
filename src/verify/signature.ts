import { signaturePath } from '../domain/delivery-path.js'
import type { SftpSession } from '../sftp/sftp.js'
import { differ, type Findings } from './report.js'

/** The operator's public keys. */
export interface Signatures {
  readonly keyIds: ReadonlySet<string>
  /** The id of the key that has signed the content; undefined if none of the keys has. */
  check(content: Buffer, signature: string): Promise<string | undefined>
}

interface Signed {
  readonly tenantId: string
  readonly path: string
  readonly content: Buffer
  /** The key that the ledger names; null if the file is not signed. */
  readonly signedBy: string | null
}

/** Compares the stored signature of a file with the one that the ledger knows of. */
export async function checkSignature(
  session: SftpSession,
  findings: Findings,
  signatures: Signatures,
  { tenantId, path, content, signedBy }: Signed,
): Promise<void> {
  const stored = signaturePath(path)
  const note = differ(findings, tenantId, stored)
  const isThere = (await session.size(stored)) !== undefined
  note('signature', signedBy === null ? 'none' : 'there', isThere ? 'there' : signedBy === null ? 'none' : 'missing')
  if (signedBy === null || !isThere) return
  if (!signatures.keyIds.has(signedBy)) {
    const reason = `the key ${signedBy} is not configured: add its public key to MANIFEST_PUBLIC_KEYS`
    findings.notComparable.push({ path: stored, reason })
    return
  }
  const signature = (await contentOf(session, stored)).toString()
  note('key that has signed the file', signedBy, (await signatures.check(content, signature)) ?? 'none of the keys')
}

export async function contentOf(session: SftpSession, path: string): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of session.fetch(path)) pieces.push(piece)
  return Buffer.concat(pieces)
}
