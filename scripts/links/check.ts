import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'

/** The broken links of Markdown files, as `file:line: what is wrong`. Links to other hosts are not checked. */
export function brokenLinks(root: string, files: readonly string[]): string[] {
  const anchors = new Map<string, ReadonlySet<string>>()
  const anchorsOf = (file: string): ReadonlySet<string> => {
    const known = anchors.get(file) ?? anchorsIn(readFileSync(join(root, file), 'utf8'))
    anchors.set(file, known)
    return known
  }
  return files.flatMap((file) =>
    linksIn(readFileSync(join(root, file), 'utf8')).flatMap(({ target, line }) => {
      const problem = problemOf(root, file, target, anchorsOf)
      return problem === undefined ? [] : [`${file}:${line}: ${problem}`]
    }),
  )
}

function problemOf(root: string, file: string, target: string, anchorsOf: (file: string) => ReadonlySet<string>) {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return undefined
  const [path = '', anchor] = decodeURI(target).split('#')
  const found = path === '' ? file : posix.normalize(posix.join(dirname(file), path))
  if (found.startsWith('..') || !existsSync(join(root, found))) return `there is no file ${path}`
  if (anchor === undefined || !found.endsWith('.md') || anchorsOf(found).has(anchor)) return undefined
  return `${path === '' ? 'this file' : path} has no heading #${anchor}`
}

/** The targets of inline links, images and definitions, with their lines. */
function linksIn(markdown: string): { target: string; line: number }[] {
  return withoutCode(markdown)
    .split('\n')
    .flatMap((text, index) =>
      [...text.matchAll(/\]\(<?([^()\s<>]+)>?(?: "[^"]*")?\)|^ {0,3}\[[^\]]+\]: +<?([^\s<>]+)/g)].map(
        ([, inline, defined]) => ({ target: inline ?? defined ?? '', line: index + 1 }),
      ),
    )
}

/** The anchors that GitHub and GitLab give to headings, and those of `<a id="…">`. */
function anchorsIn(markdown: string): ReadonlySet<string> {
  const anchors = new Set(Array.from(markdown.matchAll(/<a (?:id|name)="([^"]+)"/g), ([, id]) => id ?? ''))
  for (const [, heading = ''] of withoutFences(markdown).matchAll(/^ {0,3}#{1,6} +(.+?)(?: +#+)? *$/gm)) {
    const slug = slugOf(heading)
    let unique = slug
    for (let count = 1; anchors.has(unique); count += 1) unique = `${slug}-${count}`
    anchors.add(unique)
  }
  return anchors
}

function slugOf(heading: string): string {
  const text = heading.replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
  return text.replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '').replaceAll(' ', '-')
}

/** Code is replaced by blanks, so that lines keep their numbers. */
function withoutCode(markdown: string): string {
  return withoutFences(markdown).replaceAll(/(`+)(?!`)[^`\n]*?\1(?!`)/g, blanked)
}

function withoutFences(markdown: string): string {
  return markdown.replaceAll(/^ *(```+|~~~+)[^]*?^ *\1 *$/gm, blanked)
}

function blanked(code: string): string {
  return code.replaceAll(/[^\n]/g, ' ')
}
