/**
 * A URL of http or https, as the browser writes it. Undefined for everything else: a path, or a URL such as `javascript:` that
 * would act on this page.
 */
export function safeUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : undefined
}
