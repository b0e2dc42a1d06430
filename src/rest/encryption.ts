import type { EncryptionInput } from '../domain/encryption.js'
import type { ProblemError } from './problem.js'

/** An error of a field of the body. */
export type BodyError = (code: 'INVALID_ENCRYPTION' | 'UNKNOWN_FIELD', field: string, detail: string) => ProblemError

type Given = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Given =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const form = 'such as {"pgp": {"sign": false}}'

/** Each value must have the type of its field. The use case checks fingerprints and keys. */
export function parseEncryption(
  value: unknown,
  error: BodyError,
): { readonly value?: EncryptionInput; readonly errors: readonly ProblemError[] } {
  if (value === undefined || value === null) return { errors: [] }
  const wrong = (detail: string) => ({ errors: [error('INVALID_ENCRYPTION', 'encryption', detail)] })
  if (!isObject(value) || !isObject(value['pgp'])) return wrong(`encryption must be an object, ${form}.`)
  const { pgp, ...others } = value
  const { publicKeys = null, sign = null, ...unknown } = pgp
  const [surplus] = [...Object.keys(others), ...Object.keys(unknown)]
  if (surplus !== undefined) {
    const detail = `encryption has an unknown field. Its form is {"pgp": {"publicKeys": ["…"], "sign": false}}.`
    return { errors: [error('UNKNOWN_FIELD', 'encryption', detail)] }
  }
  if (publicKeys !== null && !(Array.isArray(publicKeys) && publicKeys.every((each) => typeof each === 'string'))) {
    return wrong('encryption.pgp.publicKeys must be a list of fingerprints, or null for all keys.')
  }
  if (sign !== null && typeof sign !== 'boolean') return wrong('encryption.pgp.sign must be true or false.')
  return { value: { pgp: { publicKeys, sign } }, errors: [] }
}

/** The OpenAPI schema of the encryption. */
export const encryptionSchema = {
  description: 'The encryption of the files. Null or absent means that files are not encrypted.',
  type: ['object', 'null'],
  properties: {
    pgp: {
      type: 'object',
      description: 'Encryption with OpenPGP.',
      properties: {
        publicKeys: {
          type: ['array', 'null'],
          items: { type: 'string' },
          description:
            'The fingerprints of the keys that files are encrypted to. Null means all keys that the tenant has when a file is written.',
        },
        sign: { type: 'boolean', default: false, description: "Whether the operator's key signs the content." },
      },
      required: [],
      additionalProperties: false,
    },
  },
  required: ['pgp'],
  additionalProperties: false,
}
