import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'

const pages = [
  ...readdirSync('.'),
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' }).map((name) => join('docs', name)),
]
  .filter((name) => name.endsWith('.md'))
  .toSorted()

/** As GitHub makes them of headings. */
function anchorsOf(page: string): string[] {
  return Array.from(readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm), ([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

test('each link within the documentation leads to a file or a heading that exists', () => {
  const broken = pages.flatMap((page) =>
    Array.from(
      readFileSync(page, 'utf8').matchAll(
        /\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)|(?:src|href)="(?!https?:)([^"#]+)"/g,
      ),
    )
      .filter(([, path, anchor, source]) => {
        const target = path || source ? normalize(join(dirname(page), path || source || '')) : page
        return !existsSync(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor))
      })
      .map(([link]) => `${page}: ${link}`),
  )
  expect(pages.length).toBeGreaterThan(1)
  expect(broken).toEqual([])
})
