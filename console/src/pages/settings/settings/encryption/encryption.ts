export interface EncryptionValue {
  readonly isOn: boolean
  /** Fingerprints; null means all keys of the tenant. */
  readonly publicKeys: readonly string[] | null
  readonly sign: boolean
}

export const noEncryption: EncryptionValue = { isOn: false, publicKeys: null, sign: false }

export function encryptionSummary({ isOn, publicKeys, sign }: EncryptionValue): string {
  if (!isOn) return 'Files are not encrypted'
  const keys = publicKeys === null ? 'all PGP keys' : counted(publicKeys.length)
  return `Files are encrypted to ${keys}${sign ? ', and signed' : ''}`
}

function counted(keys: number): string {
  return keys === 1 ? '1 PGP key' : `${keys} PGP keys`
}

export function isSameEncryption(one: EncryptionValue, other: EncryptionValue): boolean {
  if (!one.isOn || !other.isOn) return one.isOn === other.isOn
  return one.sign === other.sign && fingerprints(one) === fingerprints(other)
}

const fingerprints = ({ publicKeys }: EncryptionValue): string => publicKeys?.toSorted().join(' ') ?? 'all'

export function encryptionChanges(before: EncryptionValue, after: EncryptionValue): readonly string[] {
  if (isSameEncryption(before, after)) return []
  const [old, now] = [encryptionSummary(before), encryptionSummary(after)]
  return [old === now ? 'Other PGP keys' : `${old} → ${now}`]
}

/** The chosen keys after a key was selected or not. With all keys of `known` selected, the choice is a list still. */
export function withKey(
  { publicKeys }: EncryptionValue,
  change: { readonly fingerprint: string; readonly isSelected: boolean },
  known: readonly string[],
): readonly string[] {
  const { fingerprint, isSelected } = change
  const chosen = (publicKeys ?? known).filter((each) => each !== fingerprint)
  return isSelected ? [...chosen, fingerprint] : chosen
}
