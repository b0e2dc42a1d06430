import { deliveryTestFile } from './delivery-test.js'

/**
 * The names under which files are written before they get their final names. Most servers and consumers ignore names that begin
 * with a dot. Some servers refuse such names, so an operator can choose another pattern.
 */

/** `{name}` is the final name, `{id}` a name of the attempt. */
export const defaultHiddenName = '.{name}.{id}.part'

/** The hidden path beside `path` under which one attempt writes before it publishes. */
export function hiddenPath(path: string, id: string, pattern: string = defaultHiddenName): string {
  const slash = path.lastIndexOf('/')
  const name = pattern.replace('{name}', () => path.slice(slash + 1)).replace('{id}', () => id)
  return `${path.slice(0, slash)}/${name}`
}

/** Whether a name is that of a hidden file, by the configured pattern or the default one. */
export function isHiddenName(name: string, pattern: string = defaultHiddenName): boolean {
  return hiddenNameOf(name, pattern) !== undefined || hiddenNameOf(name, defaultHiddenName) !== undefined
}

/** Whether a name in a day's folder is that of a hidden manifest, or of its signature. */
export function isHiddenManifest(name: string, pattern: string = defaultHiddenName): boolean {
  return isHidden(['datapackage.json', 'datapackage.json.jws'], name, pattern)
}

/** Whether a name in a tenant's folder is that of a hidden index, or of its signature. */
export function isHiddenIndex(name: string, pattern: string = defaultHiddenName): boolean {
  return isHidden(['index.json', 'index.json.jws'], name, pattern)
}

/** Whether a name is that of a file of a test of the delivery. */
export function isDeliveryTestName(name: string, pattern: string = defaultHiddenName): boolean {
  return isHidden([deliveryTestFile], name, pattern)
}

function isHidden(finals: readonly string[], name: string, pattern: string): boolean {
  return [pattern, defaultHiddenName].some((each) => finals.includes(hiddenNameOf(name, each) ?? ''))
}

/** The final name for a hidden name; undefined if the name is not hidden. */
function hiddenNameOf(name: string, pattern: string): string | undefined {
  const [before = '', between = '', after = ''] = pattern.split(/\{name\}|\{id\}/)
  const isNameFirst = pattern.indexOf('{name}') < pattern.indexOf('{id}')
  if (!name.startsWith(before) || !name.endsWith(after)) return undefined
  const inner = name.slice(before.length, name.length - after.length)
  const components = isNameFirst
    ? [inner.slice(0, -36 - between.length), inner.slice(-36)]
    : [inner.slice(36 + between.length), inner.slice(0, 36)]
  const [final = '', id = ''] = components
  const isWhole = inner === (isNameFirst ? `${final}${between}${id}` : `${id}${between}${final}`)
  return isWhole && final !== '' && /^[0-9a-f-]{36}$/.test(id) ? final : undefined
}
