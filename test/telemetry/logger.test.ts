import { expect, test } from 'vitest'
import { createLogger, type LogFormat } from '../../src/telemetry/logger.js'

function logged(format?: LogFormat): string {
  let text = ''
  const logger = createLogger({
    level: 'info',
    ...(format && { format }),
    destination: { write: (line) => void (text += line) },
  })
  logger.warn({ tenantId: 'acme', error: { code: 'INTERNAL', message: 'it broke' }, path: '/a b' }, 'attempt failed')
  return text
}

test('the log has one JSON object per line by default', () => {
  expect(JSON.parse(logged())).toMatchObject({ level: 'warn', tenantId: 'acme', msg: 'attempt failed' })
})

test('the readable format has the time, the level, the message and then the fields', () => {
  expect(logged('readable')).toMatch(
    /^\d\d:\d\d:\d\d\.\d{3} WARN {2}attempt failed tenantId=acme error=\{"code":"INTERNAL","message":"it broke"\} path="\/a b"\n$/,
  )
})
