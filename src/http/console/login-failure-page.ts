import { createHash } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import { sendPage } from './pages.js'

/** As tokens.css of the console has them: the page must also appear if the console is not built. */
const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; color: light-dark(#17242a, #e6edf0) }
body { min-height: 100vh; margin: 0; display: grid; place-items: center; background: light-dark(#f6f8f9, #101518) }
main { max-width: 25rem; margin: 1rem; padding: 1.75rem; border: 1px solid light-dark(#dbe2e5, #2d383e); border-radius: 8px;
  background: light-dark(#fff, #181f23) }
h1 { font-size: 1.25rem; line-height: 1.3; margin: 0 0 .5rem }
p { margin: 0 0 1.25rem; color: light-dark(#53656d, #9fb0b8) }
a { display: inline-block; padding: .5rem 1rem; border-radius: 5px; font-weight: 600; text-decoration: none;
  background: light-dark(#0b6473, #5cc4d4); color: light-dark(#fff, #06242a) }
a:focus-visible { outline: 2px solid currentColor; outline-offset: 2px }
`
const styleHash = createHash('sha256').update(style).digest('base64')
const policy =
  `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; ` +
  "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

export interface LoginFailure {
  readonly status: number
  readonly message: string
  /** Where the user tries again. */
  readonly loginUrl: string
}

/** A page for a browser whose login did not succeed. It needs no script, and no built file of the console. */
export function sendLoginFailure(reply: FastifyReply, { status, message, loginUrl }: LoginFailure): FastifyReply {
  const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Login failed · Tidemark</title>
<style>${style}</style>
</head>
<body><main>
<h1>You are not logged in</h1>
<p>${escaped(message)}</p>
<a href="${escaped(loginUrl)}">Log in again</a>
</main></body>
</html>
`
  return sendPage(reply.code(status), page, policy)
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
