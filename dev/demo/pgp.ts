export interface KeyPair {
  /** Armored. */
  readonly publicKey: string
  readonly decrypt: (content: Buffer) => Promise<Buffer>
}

/** A key pair of a tenant, whose private half stays in this process. */
export async function newKeyPair(tenantId: string): Promise<KeyPair> {
  const { decrypt, generateKey, readMessage } = await import('openpgp')
  const { publicKey, privateKey } = await generateKey({
    userIDs: [{ name: tenantId, email: `data@${tenantId}.example` }],
    format: 'object',
  })
  return {
    publicKey: publicKey.armor(),
    decrypt: async (content) => {
      const message = await readMessage({ binaryMessage: content })
      const { data } = await decrypt({ message, decryptionKeys: privateKey, format: 'binary' })
      return Buffer.from(data as Uint8Array)
    },
  }
}
