import { describe, expect, test } from 'vitest'
import { defaultFileFormat, type FileFormat } from '../../src/domain/file-format.js'
import { dayFolder, deliveryPath, isoDay, manifestPath } from '../../src/domain/delivery-path.js'

describe('paths that a consumer sees', () => {
  test('a file is stored at /exports/<tenant-id>/<yyyy>/<mm>/<dd>/<entity>/<entity>.csv', () => {
    expect(deliveryPath('acme', 'user_login_events', new Date('2027-01-05T00:00:00Z'))).toBe(
      '/exports/acme/2027/01/05/user_login_events/user_login_events.csv',
    )
  })

  test('a path has the extension of the compression, and the number of the file part if files are split', () => {
    const path = (format: Partial<FileFormat>, number?: number) =>
      deliveryPath('acme', 'user', new Date('2027-01-05T00:00:00Z'), { ...defaultFileFormat, ...format }, number)
    const folder = '/exports/acme/2027/01/05/user'
    expect(path({ compression: 'GZIP' })).toBe(`${folder}/user.csv.gz`)
    expect(path({ compression: 'ZSTD' })).toBe(`${folder}/user.csv.zst`)
    expect(path({ maxPartMegabytes: 5 })).toBe(`${folder}/user.0001.csv`)
    expect(path({ maxPartMegabytes: 5, compression: 'GZIP' }, 12)).toBe(`${folder}/user.0012.csv.gz`)
    expect(path({ maxPartMegabytes: 5 }, 12_345)).toBe(`${folder}/user.12345.csv`)
  })

  test('a path has the date of the end of the window in UTC, in whatever zone the clock is', () => {
    const midnightInTokyo = new Date('2026-11-24T00:00:00+09:00')
    expect(dayFolder('acme', midnightInTokyo)).toBe('/exports/acme/2026/11/23')
    expect(isoDay(midnightInTokyo)).toBe('2026-11-23')
  })

  test('the manifest is in the folder of its day (promise 8)', () => {
    expect(manifestPath('acme', new Date('2026-11-23T23:59:59.999Z'))).toBe('/exports/acme/2026/11/23/datapackage.json')
  })
})
