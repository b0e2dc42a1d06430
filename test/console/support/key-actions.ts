import type { Page } from 'playwright-core'

/** Counts the requests of a page to the API whose body contains a text. */
export function countRequestsWith(page: Page, text: string): () => number {
  let count = 0
  page.on('request', (request) => {
    if (request.postData()?.includes(text)) count += 1
  })
  return () => count
}

export async function dropFile(page: Page, name: string, content: string): Promise<void> {
  await page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(content) })
}
