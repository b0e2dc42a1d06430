import { createTransport } from 'nodemailer'
import { parseEmailAddress } from '../domain/email/address.js'
import type { OutgoingEmail, SendResult } from '../domain/email/outgoing.js'
import { resultOf } from './send-result.js'

export interface MailerOptions {
  readonly host: string
  readonly port: number
  /** TLS from the start (smtps). Otherwise STARTTLS is used if the server has it. */
  readonly isSecure: boolean
  /** Whether STARTTLS is required, so that no attacker on the network can remove it. */
  readonly requiresTls: boolean
  /** The certificates of the authorities that sign the server's certificate; undefined: those of Node. */
  readonly authorities: string | undefined
  /** Undefined: there is no login. */
  readonly login: { readonly user: string; readonly password: string } | undefined
  readonly from: EmailSender
}

export interface EmailSender {
  /** The name that readers see; empty: the address alone. */
  readonly name: string
  readonly address: string
}

/** Sends emails over SMTP, each over a connection of its own. */
export interface Mailer {
  /** Never throws. It takes at most a minute. */
  send(email: OutgoingEmail): Promise<SendResult>
}

/** In ms. Together they are less than the lease of a claimed email. */
const timeouts = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 15_000, dnsTimeout: 10_000 }

export function createMailer({ from, ...options }: MailerOptions): Mailer {
  const { host, port, isSecure, requiresTls, authorities, login } = options
  const transport = createTransport({
    ...{ host, port, secure: isSecure, requireTLS: requiresTls, ...timeouts },
    ...(login && { auth: { user: login.user, pass: login.password } }),
    tls: { minVersion: 'TLSv1.2', ...(authorities !== undefined && { ca: authorities }) },
    // No part of an email is read from a file or fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const domain = from.address.slice(from.address.lastIndexOf('@') + 1)
  return {
    send: async ({ id, to, subject, text, html, unsubscribeUrl }) => {
      // The library reads several addresses, and line ends, from one text.
      if (parseEmailAddress(to) !== to) return { outcome: 'REFUSED', problem: 'not an address' }
      try {
        await transport.sendMail({
          from: { ...from },
          to: { name: '', address: to },
          envelope: { from: from.address, to: [to] },
          messageId: `<${id}@${domain}>`,
          ...{ subject, text, html },
          headers: {
            'Auto-Submitted': 'auto-generated',
            ...(unsubscribeUrl !== null && {
              'List-Unsubscribe': { prepared: true, value: `<${unsubscribeUrl}>` },
              'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
            }),
          },
        })
        return { outcome: 'SENT' }
      } catch (error) {
        return resultOf(error)
      }
    },
  }
}
