import { departments, firstNames, jobTitles, lastNames, locales, platforms, userAgents } from '../lexicon.js'
import { newText, type Recipe } from '../recipe.js'
import { createdAt, rowNumber } from '../row.js'

const user: Recipe = {
  entity: 'user',
  prefix: 'usr',
  weight: 30,
  kind: 'snapshot',
  edited: { job_title: newText },
  columns: (row) => ({
    external_id: row.maybe('external_id', 80, `lpad(${row.draw('external_id')}::text, 19, '0')`),
    email: `'user' || ${rowNumber} || '+work@' || ${row.oneOf('email', ['example.com', 'mail.example.org', 'bücher.example'])}`,
    first_name: row.oneOf('first_name', firstNames),
    last_name: row.oneOf('last_name', lastNames),
    job_title: row.maybe('job_title', 90, row.orHostile('job_title', row.oneOf('job_title', jobTitles))),
    department: row.maybe('department', 85, row.oneOf('department', departments)),
    locale: row.oneOf('locale', locales),
    status: row.oneOf('status', ['active', 'active', 'active', 'active', 'invited', 'suspended', 'left']),
    manager_user_code: row.earlier('manager_user_code'),
    profile: row.json('profile', [
      { skills: ['TypeScript', 'first aid'], pronouns: 'she/her', links: [] },
      { skills: [], phone: '+49 30 901820', languages: { de: 'C2', en: 'B2' } },
    ]),
    hired_on: row.maybe(
      'hired_on',
      90,
      row.rarely(
        'hired_on',
        97,
        [`date '0001-01-01'`, `date '9999-12-31'`, `date '1900-02-28'`],
        row.day('hired_on', -9000, 30),
      ),
    ),
    last_login_at: row.maybe(
      'last_login_at',
      75,
      row.rarely('last_login_at', 89, [`timestamptz '0001-01-01 00:00:00Z'`], row.after('last_login_at', 30 * 86_400)),
    ),
  }),
}

const userLogins: Recipe = {
  entity: 'user_login_events',
  prefix: 'ulg',
  weight: 200,
  kind: 'event',
  edited: { browser: newText },
  columns: (row) => ({
    user_code: row.reference('user_code', 'user'),
    method: row.oneOf('method', ['password', 'sso', 'sso', 'sso', 'otp', 'passkey']),
    platform: row.oneOf('platform', platforms),
    browser: row.maybe('browser', 90, row.orHostile('browser', row.oneOf('browser', userAgents))),
    ip_address: row.maybe(
      'ip_address',
      95,
      row.rarely(
        'ip_address',
        7,
        [`'2001:db8::' || to_hex(${rowNumber})`],
        `'198.51.100.' || ${row.between('ip_address', 1, 254)}`,
      ),
    ),
    country: row.maybe('country', 90, row.oneOf('country', ['DE', 'US', 'BR', 'IN', 'NA', 'JP', 'NO'])),
    is_successful: row.chance('is_successful', 93),
    failure_reason: `CASE WHEN NOT ${row.chance('is_successful', 93)} THEN ${row.oneOf('failure_reason', ['wrong password', 'locked', 'expired "magic" link'])} END`,
    session_seconds: `CASE WHEN ${row.chance('is_successful', 93)} THEN ${row.maybe('session_seconds', 90, row.between('session_seconds', 0, 36_000))} END`,
    risk_score: row.fraction('risk_score'),
    login_at: createdAt,
  }),
}

export const people: readonly Recipe[] = [user, userLogins]
