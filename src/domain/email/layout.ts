import type { Letter, LetterLink } from './letter.js'

/** The two forms of an email's body. */
export interface EmailBody {
  readonly text: string
  readonly html: string
}

export function layOut(letter: Letter): EmailBody {
  return { text: asText(letter), html: asHtml(letter) }
}

function asText({ paragraphs, action, footer, unsubscribe }: Letter): string {
  const link = ({ label, url }: LetterLink): string => `${label}: ${url}`
  return [
    ...paragraphs.map((each) => (typeof each === 'string' ? each : each.map((item) => `- ${item}`).join('\n'))),
    ...(action ? [link(action)] : []),
    '-- ',
    footer,
    ...(unsubscribe ? [link(unsubscribe)] : []),
  ]
    .map((part) => `${part}\n`)
    .join('\n')
    .replace('-- \n\n', '-- \n')
}

/** It loads nothing: no pictures, no fonts and no scripts. */
function asHtml({ subject, paragraphs, action, footer, unsubscribe }: Letter): string {
  const body = paragraphs.map((each) =>
    typeof each === 'string'
      ? `<p>${escaped(each)}</p>`
      : `<ul>${each.map((item) => `<li>${escaped(item)}</li>`).join('')}</ul>`,
  )
  const link = ({ label, url }: LetterLink): string => `<a href="${escaped(url)}">${escaped(label)}</a>`
  const small = [escaped(footer), ...(unsubscribe ? [link(unsubscribe)] : [])].join(' ')
  return [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><title>${escaped(subject)}</title></head>`,
    '<body style="font: 16px/1.5 sans-serif; max-width: 40rem">',
    ...body,
    ...(action ? [`<p>${link(action)}</p>`] : []),
    `<p style="font-size: 13px; color: #53656d">${small}</p>`,
    '</body></html>',
    '',
  ].join('\n')
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
