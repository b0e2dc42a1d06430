import { expect, test } from 'vitest'
import { actsFor, refusalOf } from '../../../console/src/app/access'
import { safeUrl } from '../../../console/src/ui/safe-url'

const operator = { tenantId: null, isOperator: true }
const tenant = { tenantId: 'acme', isOperator: false }

test('an operator acts for the tenant of the address, and a tenant only for itself', () => {
  expect(actsFor(operator, 'acme')).toBe('acme')
  expect(actsFor(operator, undefined)).toBeUndefined()
  expect(actsFor(tenant, 'globex')).toBeUndefined()
  expect(actsFor({ tenantId: 'acme', isOperator: true }, 'acme')).toBeUndefined()
})

test('pages of another tenant and of operators are refused with a reason', () => {
  expect(refusalOf(tenant, { named: 'globex', isOperatorPage: false })).toBe('OTHER_TENANT')
  expect(refusalOf(tenant, { named: undefined, isOperatorPage: true })).toBe('OPERATORS_ONLY')
  expect(refusalOf(operator, { named: undefined, isOperatorPage: false })).toBe('NO_TENANT')
})

test('pages that a user may see are not refused', () => {
  expect(refusalOf(tenant, { named: 'acme', isOperatorPage: false })).toBeUndefined()
  expect(refusalOf(tenant, { named: undefined, isOperatorPage: false })).toBeUndefined()
  expect(refusalOf(operator, { named: 'acme', isOperatorPage: false })).toBeUndefined()
  expect(refusalOf(operator, { named: undefined, isOperatorPage: true })).toBeUndefined()
})

test('only URLs of http and https become links', () => {
  expect(safeUrl('https://runbook.example/a.md')).toBe('https://runbook.example/a.md')
  expect(safeUrl('http://127.0.0.1:8233/x')).toBe('http://127.0.0.1:8233/x')
  const others = [
    'javascript:alert(1)',
    ' JaVaScRiPt:alert(1)',
    'data:text/html,x',
    'docs/runbook/a.md',
    '//x.example',
    '',
  ]
  expect(others.map(safeUrl)).toEqual(others.map(() => undefined))
})
