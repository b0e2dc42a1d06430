import type { SendResult } from '../domain/email/outgoing.js'

/** What nodemailer adds to its errors. */
interface SmtpError {
  readonly message: string
  /** Such as `ECONNECTION` or `EENVELOPE`. */
  readonly code?: unknown
  /** The command that was refused, such as `RCPT TO`. */
  readonly command?: unknown
  /** The code of the server's answer, such as 550. */
  readonly responseCode?: unknown
  readonly response?: unknown
}

/** The mailbox does not exist, is disabled, or its domain takes no mail (RFC 5321, RFC 7504). */
const refusals: readonly unknown[] = [550, 551, 553, 554, 556]
/** `5.7.x`: the server refuses Tidemark, and not the address (RFC 3463). `5.3.x` is about the server itself. */
const aboutUs = /^\d{3}[ -]5\.[37]\./

/**
 * What an error of an attempt means. The server's text may quote the address, so that only its code is kept.
 */
export function resultOf(error: unknown): SendResult {
  const { message, code, command, responseCode, response } = error as SmtpError
  const isRecipient = command === 'RCPT TO'
  if (typeof responseCode !== 'number') {
    return { outcome: 'FAILED', problem: firstLine(message, code), isServer: true }
  }
  const problem = typeof command === 'string' ? `${responseCode} at ${command}` : `${responseCode}`
  const isAboutUs = typeof response === 'string' && aboutUs.test(response)
  if (isRecipient && !isAboutUs && refusals.includes(responseCode)) return { outcome: 'REFUSED', problem }
  return { outcome: 'FAILED', problem, isServer: !isRecipient || responseCode >= 500 }
}

/** Without an answer of the server, the message is of Node or of the library: `connect ECONNREFUSED 10.0.0.9:587`. */
function firstLine(message: string, code: unknown): string {
  const line = message.split('\n', 1)[0]?.slice(0, 200) ?? ''
  // The library quotes an address that it does not accept.
  return code === 'EENVELOPE' || line === '' ? 'the email could not be sent' : line
}
