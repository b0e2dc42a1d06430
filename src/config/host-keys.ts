import { readFileSync } from 'node:fs'
import type { Environment } from './env.js'
import type { ConfigProblem } from './config-error.js'
import { keysOfKnownHost } from './known-hosts.js'
import type { Variables } from './variables.js'

const name = 'SFTP_HOST_KEY_FINGERPRINT'

/**
 * The pinned host keys of the SFTP server, from one of two variables. Without pinned keys the worker can't identify the
 * server, so a configuration without them is refused.
 * @param parsed undefined if other variables are invalid, so that the server's name is unknown
 */
export function readHostKeys(
  given: Environment,
  parsed: Variables | undefined,
): { readonly fingerprints: readonly string[]; readonly problems: readonly ConfigProblem[] } {
  const nothing = (problem: string, about = name) => ({
    fingerprints: [],
    problems: [{ name: about, message: problem }],
  })
  const file = given['SFTP_KNOWN_HOSTS_FILE']
  const isPinned = given[name] !== undefined || given[`${name}_FILE`] !== undefined
  if (isPinned && file !== undefined) return nothing('and SFTP_KNOWN_HOSTS_FILE are both set: remove one of them')
  if (!isPinned && file === undefined) {
    return nothing(
      "or SFTP_KNOWN_HOSTS_FILE is required: SHA256:… of the server's host key, as `ssh-keyscan HOST | ssh-keygen -lf -` " +
        'prints it (several with commas), or the name of a known_hosts file',
    )
  }
  if (!parsed) return { fingerprints: [], problems: [] }
  if (file === undefined) {
    const fingerprints = (parsed.SFTP_HOST_KEY_FINGERPRINT ?? []).map((value) => value.replace(/=$/, ''))
    return { fingerprints, problems: [] }
  }
  const known = keysInFile(file, parsed)
  return known.ok ? { fingerprints: known.fingerprints, problems: [] } : nothing(known.message, 'SFTP_KNOWN_HOSTS_FILE')
}

function keysInFile(file: string, { SFTP_HOST, SFTP_PORT }: Variables): ReturnType<typeof keysOfKnownHost> {
  try {
    return keysOfKnownHost(readFileSync(file, 'utf8'), SFTP_HOST, SFTP_PORT)
  } catch (error) {
    return { ok: false, message: `can't be read: ${(error as Error).message}` }
  }
}
