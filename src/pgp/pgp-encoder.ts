import { randomBytes } from 'node:crypto'
import type { Key, PrivateKey } from 'openpgp'
import type { Encoder } from '../domain/encoder.js'
import { loadOpenpgp } from './openpgp.js'

export interface PgpEncoderOptions {
  readonly recipients: readonly Key[]
  readonly signingKey: PrivateKey | undefined
}

/** What a message has beside the content: a packet for each recipient, and the headers, signature and hash. */
const overhead = { message: 16_384, recipient: 2200, write: 8 } as const

/**
 * Encrypts one file as one binary OpenPGP message: AES-256 with integrity protection in the form that gpg 2.2 reads (RFC 9580,
 * section 5.13.1), without compression.
 */
export function pgpEncoder({ recipients, signingKey }: PgpEncoderOptions): Encoder {
  let message: OpenMessage | undefined
  const open = async (): Promise<OpenMessage> => (message ??= await openMessage(recipients, signingKey))
  let taken = 0
  let given = 0
  let writes = 0
  const most = (): number =>
    overhead.message + overhead.recipient * recipients.length + overhead.write * writes + taken - given
  const counted = (bytes: Buffer): Buffer => {
    given += bytes.length
    return bytes
  }
  return {
    write: async (piece) => {
      const { write } = await open()
      taken += piece.length
      writes += 1
      // A copy: openpgp keeps pieces for longer than the call.
      return counted(await write(Buffer.from(piece)))
    },
    end: async () => counted(await (await open()).end()),
    destroy: () => message?.abort(),
    heldBack: most,
    fitting: (room) => room - overhead.write,
  }
}

interface OpenMessage {
  readonly write: (piece: Buffer) => Promise<Buffer>
  readonly end: () => Promise<Buffer>
  readonly abort: () => void
}

async function openMessage(recipients: readonly Key[], signingKey: PrivateKey | undefined): Promise<OpenMessage> {
  const { pgp, strict } = await loadOpenpgp()
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  const encrypted = await pgp.encrypt({
    message: await pgp.createMessage({ binary: readable }),
    encryptionKeys: [...recipients],
    ...(signingKey && { signingKeys: signingKey }),
    // Given, the key decides the cipher and the form, whatever the recipients' keys prefer.
    sessionKey: { data: randomBytes(32), algorithm: 'aes256' },
    format: 'binary',
    config: strict,
  })
  let out: Uint8Array[] = []
  const read = async (): Promise<void> => {
    for await (const piece of encrypted as AsyncIterable<Uint8Array>) out.push(piece)
  }
  let failure: { readonly error: unknown } | undefined
  const ended = read().catch((error: unknown) => void (failure = { error }))
  const take = (): Buffer => {
    if (failure) throw failure.error
    const all = Buffer.concat(out)
    out = []
    return all
  }
  // The reader reports an error. A write would wait for it indefinitely.
  const orEnded = (writing: Promise<void>): Promise<void> => Promise.race([writing, ended])
  return {
    write: async (piece) => {
      await orEnded(writer.write(piece))
      return take()
    },
    end: async () => {
      await orEnded(writer.close())
      await ended
      return take()
    },
    abort: () => {
      writer.abort().catch(() => {})
    },
  }
}
