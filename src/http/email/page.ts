import { createHash } from 'node:crypto'

export interface LinkPage {
  readonly title: string
  readonly text: string
  /** The label of the button that posts the address of the page; absent: there is none. */
  readonly button?: string
}

/** The colors of tokens.css of the console. The page needs no other file, and no script. */
const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; color: light-dark(#17242a, #e6edf0) }
body { min-height: 100vh; margin: 0; display: grid; place-items: center; background: light-dark(#f6f8f9, #101518) }
main { max-width: 25rem; margin: 1rem; padding: 1.75rem; border: 1px solid light-dark(#dbe2e5, #2d383e); border-radius: 8px;
  background: light-dark(#fff, #181f23) }
h1 { font-size: 1.25rem; line-height: 1.3; margin: 0 0 .5rem }
p { margin: 0 0 1.25rem; color: light-dark(#53656d, #9fb0b8) }
button { padding: .5rem 1rem; border: 0; border-radius: 5px; font: inherit; font-weight: 600;
  background: light-dark(#0b6473, #5cc4d4); color: light-dark(#fff, #06242a) }
button:focus-visible { outline: 2px solid currentColor; outline-offset: 2px }
`
const styleHash = createHash('sha256').update(style).digest('base64')

/** The referrer would contain the token. `form-action` permits only this server. */
export const pageHeaders = {
  'content-security-policy':
    `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; ` +
    "require-trusted-types-for 'script'; trusted-types 'none'",
  'cross-origin-opener-policy': 'same-origin',
} as const

/** All texts are constants of the code, so that nothing is escaped. */
export function linkPage({ title, text, button }: LinkPage): string {
  const form = button === undefined ? '' : `<form method="post"><button>${button}</button></form>`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title} · Tidemark</title>
<style>${style}</style>
</head>
<body><main>
<h1>${title}</h1>
<p>${text}</p>
${form}
</main></body>
</html>
`
}
