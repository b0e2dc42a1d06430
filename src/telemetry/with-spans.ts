import { currentTraceId } from './trace-id.js'
import { inSpan, type SpanAttributes } from './tracing.js'

type AsyncMethod = (...args: never[]) => Promise<unknown>

/** For the methods to measure: the attributes of a call's span. */
type Described<Target> = {
  readonly [Name in keyof Target]?: Target[Name] extends AsyncMethod
    ? (...args: Parameters<Target[Name]>) => SpanAttributes
    : never
}

/**
 * The same object, whose named methods run in a span each, such as `schedule apply`. Calls that belong to no trace get no span,
 * or each look of a loop would be a trace.
 */
export function withSpans<Target extends object>(kind: string, target: Target, described: Described<Target>): Target {
  const wrapped = Object.entries(described).map(([name, attributesOf]) => {
    const method = target[name as keyof Target] as (...args: unknown[]) => Promise<unknown>
    const describe = attributesOf as (...args: unknown[]) => SpanAttributes
    return [
      name,
      (...args: unknown[]) => {
        const call = () => method.apply(target, args)
        return currentTraceId() === undefined ? call() : inSpan(`${kind} ${name}`, describe(...args), call)
      },
    ] as const
  })
  return { ...target, ...Object.fromEntries(wrapped) }
}
