import { createHash } from 'node:crypto'
import * as zlib from 'node:zlib'
import SftpClient from 'ssh2-sftp-client'
import type { TenantConnection } from '../stack/connection-file.js'
import { sshFingerprint } from '../../src/domain/ssh-fingerprint.js'

/** A file that the tenant downloaded. */
export interface FetchedFile {
  readonly path: string
  readonly content: Buffer
}

/** The fields of a manifest's file entry that the demo reads. */
export interface ManifestResource {
  readonly entity: string
  readonly path: string
  readonly bytes: number
  readonly rows: number
  readonly hash: string
  readonly compression?: 'gz' | 'zst'
  /** How the file is encrypted, and what is inside. */
  readonly encryption?: { readonly content: { readonly compression?: 'gz' | 'zst' } }
  /** The number of the file part, from 1, and the number of file parts. Only for a file that was split. */
  readonly part?: number
  readonly parts?: number
  readonly mode: 'full' | 'delta'
  readonly window: { readonly from: string | null; readonly to: string }
  readonly revision: number
  readonly sequence: number
  readonly previous: number | null
  readonly redelivered: boolean
}

/** Downloads everything that the tenant can see, with its own account. Only the pinned host key is trusted. */
export async function fetchTenantFiles({ sftp }: TenantConnection): Promise<FetchedFile[]> {
  if (!sftp) throw new Error('The demo needs the embedded SFTP server. Leave SFTP_HOST unset.')
  const client = new SftpClient()
  await client.connect({
    host: sftp.host,
    port: sftp.port,
    username: sftp.username,
    password: sftp.password,
    hostVerifier: (key: Buffer) => fingerprint(key) === sftp.hostKeyFingerprint,
  })
  try {
    return await fetchFolder(client, '/exports')
  } finally {
    await client.end()
  }
}

async function fetchFolder(client: SftpClient, folder: string): Promise<FetchedFile[]> {
  const files: FetchedFile[] = []
  const entries = await client.list(folder)
  for (const { name, type } of entries.toSorted((one, other) => one.name.localeCompare(other.name))) {
    const path = `${folder}/${name}`
    if (type === 'd') files.push(...(await fetchFolder(client, path)))
    else files.push({ path, content: (await client.get(path)) as Buffer })
  }
  return files
}

function fingerprint(key: Buffer): string {
  return sshFingerprint(createHash('sha256').update(key).digest('base64'))
}

/** A delivered file with its entry in the day's manifest. */
export interface Delivered {
  /** Its content is decrypted and decompressed. */
  readonly file: FetchedFile
  readonly resource: ManifestResource
}

type Decrypt = (content: Buffer) => Promise<Buffer>

const noKey: Decrypt = () => Promise.reject(new Error('The files are encrypted, and there is no key.'))

/**
 * The delivered CSV files, in loading order.
 * @throws if a manifest and its files differ in names, sizes or checksums
 */
export async function deliveredFiles(files: readonly FetchedFile[], decrypt = noKey): Promise<Delivered[]> {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const delivered: Delivered[] = []
  for (const { path, content } of files.filter((file) => file.path.endsWith('/datapackage.json'))) {
    const folder = path.slice(0, path.lastIndexOf('/'))
    const { resources } = JSON.parse(content.toString()) as { resources: ManifestResource[] }
    for (const resource of resources) {
      const file = checked(byPath.get(`${folder}/${resource.path}`), resource)
      delivered.push({ resource, file: { path: file.path, content: await opened(file.content, resource, decrypt) } })
    }
  }
  const csvFiles = files.filter(({ path }) => /\/[^./][^/]*\.csv(\.gz|\.zst)?(\.pgp)?$/.test(path))
  if (delivered.length !== csvFiles.length) {
    throw new Error(`The manifests name ${delivered.length} files, but the server has ${csvFiles.length}.`)
  }
  return delivered.toSorted(
    (one, other) =>
      one.resource.window.to.localeCompare(other.resource.window.to) || one.file.path.localeCompare(other.file.path),
  )
}

function checked(file: FetchedFile | undefined, resource: ManifestResource): FetchedFile {
  if (!file) throw new Error(`The manifest names ${resource.path}, which is missing.`)
  const hash = `sha256:${createHash('sha256').update(file.content).digest('hex')}`
  if (file.content.length !== resource.bytes || hash !== resource.hash) {
    throw new Error(`${file.path} differs from its manifest: it has ${file.content.length} bytes and ${hash}`)
  }
  return file
}

async function opened(
  content: Buffer,
  { compression, encryption }: ManifestResource,
  decrypt: Decrypt,
): Promise<Buffer> {
  if (!encryption) return decompressed(content, compression)
  return decompressed(await decrypt(content), encryption.content.compression)
}

function decompressed(content: Buffer, compression: ManifestResource['compression']): Buffer {
  if (compression === undefined) return content
  if (compression === 'gz') return zlib.gunzipSync(content)
  const { zstdDecompressSync } = zlib as { zstdDecompressSync?: (content: Buffer) => Buffer }
  if (zstdDecompressSync) return zstdDecompressSync(content)
  throw new Error('This version of Node.js can not decompress Zstandard.')
}
