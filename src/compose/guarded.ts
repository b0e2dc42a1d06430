type AsyncMethod = (...args: never[]) => Promise<unknown>

type AsyncMethodsOf<Target> = {
  [Name in keyof Target]: Target[Name] extends AsyncMethod ? Name : never
}[keyof Target]

/** The same object, whose named methods do nothing unless `check` has passed. */
export function guarded<Target extends object>(
  target: Target,
  check: () => Promise<void>,
  names: readonly AsyncMethodsOf<Target>[],
): Target {
  const checked = names.map((name) => {
    const method = target[name] as (...args: unknown[]) => Promise<unknown>
    return [
      name,
      async (...args: unknown[]) => {
        await check()
        return method.apply(target, args)
      },
    ] as const
  })
  return { ...target, ...Object.fromEntries(checked) }
}
