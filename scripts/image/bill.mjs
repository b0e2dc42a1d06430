import { randomUUID } from 'node:crypto'

/**
 * A software bill of materials in CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/): the packages in these folders of a lock
 * file, with their checksums.
 */
export function bill({ name, version }, lock, folders) {
  const components = [...folders].map((path) => component(path, lock.packages[path]))
  const unique = new Map(components.map((each) => [each['bom-ref'], each]))
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${randomUUID()}`,
    version: 1,
    metadata: {
      timestamp: new Date().toISOString(),
      component: { type: 'application', 'bom-ref': `pkg:npm/${name}@${version}`, name, version },
    },
    components: [...unique.values()].toSorted((one, other) => (one.purl < other.purl ? -1 : 1)),
  }
}

function component(path, { version, integrity, license }) {
  const name = path.split('node_modules/').at(-1)
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    purl,
    ...(license && { licenses: [{ expression: license }] }),
    ...(integrity && { hashes: [hashOf(integrity)] }),
  }
}

/** `sha512-<base64>` of a lock file as the algorithm and the hexadecimal number that CycloneDX wants. */
function hashOf(integrity) {
  const [algorithm, digest] = integrity.split(' ')[0].split(/-(.*)/s)
  const names = { sha1: 'SHA-1', sha256: 'SHA-256', sha384: 'SHA-384', sha512: 'SHA-512' }
  return { alg: names[algorithm], content: Buffer.from(digest, 'base64').toString('hex') }
}
