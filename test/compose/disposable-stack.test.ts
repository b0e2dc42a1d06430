import { expect, test } from 'vitest'
import { DisposableStack } from '../../src/compose/disposable-stack.js'

/** A stack that notes what is closed. `broken` can not be closed. */
function noted(...names: string[]) {
  const closed: string[] = []
  const stack = new DisposableStack()
  for (const name of names) {
    stack.defer(async () => {
      closed.push(name)
      if (name.startsWith('broken')) throw new Error(name)
    })
  }
  return { stack, closed }
}

test('a stack closes what was opened last first', async () => {
  const { stack, closed } = noted('database', 'temporal', 'server')
  await stack[Symbol.asyncDispose]()
  expect(closed).toEqual(['server', 'temporal', 'database'])
})

test('a stack closes everything once', async () => {
  const { stack, closed } = noted('database')
  await stack[Symbol.asyncDispose]()
  await stack[Symbol.asyncDispose]()
  expect(closed).toEqual(['database'])
})

test('a stack closes the rest if one resource cannot be closed, and throws its error', async () => {
  const { stack, closed } = noted('database', 'broken', 'server')
  await expect(stack[Symbol.asyncDispose]()).rejects.toThrow('broken')
  expect(closed).toEqual(['server', 'broken', 'database'])
})

test('a stack throws all errors if several resources cannot be closed', async () => {
  const { stack } = noted('broken 1', 'broken 2')
  await expect(stack[Symbol.asyncDispose]()).rejects.toMatchObject({
    errors: [{ message: 'broken 2' }, { message: 'broken 1' }],
  })
})

test('a stack that was moved closes nothing, and its successor closes everything', async () => {
  const { stack, closed } = noted('database')
  const moved = stack.move()
  await stack[Symbol.asyncDispose]()
  expect(closed).toEqual([])
  await moved[Symbol.asyncDispose]()
  expect(closed).toEqual(['database'])
})

test('a stack returns the resource that it will close', async () => {
  let closed = false
  const resource = { [Symbol.asyncDispose]: async () => void (closed = true) }
  const { stack } = noted()
  expect(stack.use(resource)).toBe(resource)
  await stack[Symbol.asyncDispose]()
  expect(closed).toBe(true)
})
