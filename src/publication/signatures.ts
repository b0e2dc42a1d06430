import { randomUUID } from 'node:crypto'
import { signaturePath } from '../domain/delivery-path.js'
import { hiddenPath } from '../domain/hidden-name.js'
import type { ServerSession } from '../domain/publication-ports.js'
import type { PublicationDependencies } from './dependencies.js'

/** Writes the signature of a file under a hidden path, which it returns. Undefined if nothing is signed. */
export async function uploadSignature(
  { signer, hiddenName }: Pick<PublicationDependencies, 'signer' | 'hiddenName'>,
  session: ServerSession,
  signedPath: string,
  content: Buffer,
): Promise<string | undefined> {
  if (!signer) return undefined
  const hidden = hiddenPath(signaturePath(signedPath), randomUUID(), hiddenName)
  await session.upload(hidden, once(Buffer.from(await signer.sign(content))))
  return hidden
}

/** Gives the signature its final name. The signed file gets its own after that, so that it is never there without a signature. */
export async function replaceSignature(
  session: ServerSession,
  signedPath: string,
  hidden: string | undefined,
): Promise<void> {
  if (hidden !== undefined) await session.replace(hidden, signaturePath(signedPath), { isUploaded: true })
}

export async function* once(content: Buffer): AsyncGenerator<Buffer> {
  yield content
}
