import { expect, test } from 'vitest'
import { promisesPage } from '../../scripts/docs/promises.js'

test('a title that ends with the number of a promise is listed under that promise', () => {
  const source = `
    describe.each(two)('a group of %s (promises 3, 6)', () => test('one of it', work))
    test('a watermark moves last (promise 3)', work)
    test(\`a template of \${name} (promise 6)\`, work)`
  const page = promisesPage(new Map([['test/x.test.ts', source]]))
  const under = (number: number) =>
    page
      .split(`## ${number}.`)[1]
      ?.split('##')[0]
      ?.match(/(?<=^  - ).*$/gm)
  expect(under(3)).toEqual(['a group of %s', 'a watermark moves last'])
  expect(under(6)).toEqual(['a group of %s', 'a template of …'])
})

test('a title with the number of no promise is an error', () => {
  const tests = new Map([['test/x.test.ts', `test('nothing (promise 99)', work)`]])
  expect(() => promisesPage(tests)).toThrow('names a promise that does not exist')
})
