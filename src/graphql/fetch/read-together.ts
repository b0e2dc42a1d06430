import type { GraphqlContext } from '../context.js'

type Found<Item, Value> = (item: Item) => Value | undefined

interface Batch<Item, Value> {
  readonly items: Item[]
  readonly answer: Promise<Found<Item, Value>>
}

/**
 * One read for all items that the fields of one answer ask for at the same time, such as the deliveries of a page.
 * @param read gets each item once
 */
export function readTogether<Context extends GraphqlContext, Item extends { readonly id: string }, Value>(
  read: (context: Context, items: readonly Item[]) => Promise<Found<Item, Value>>,
): (context: Context, item: Item) => Promise<Value | undefined> {
  const batches = new WeakMap<Context, Batch<Item, Value>>()
  const known = new WeakMap<Item, Promise<Value | undefined>>()
  const begin = (context: Context): Batch<Item, Value> => {
    const items: Item[] = []
    const answer = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      batches.delete(context)
      return read(context, items)
    })
    const batch = { items, answer }
    batches.set(context, batch)
    return batch
  }
  return (context, item) => {
    const before = known.get(item)
    if (before) return before
    const batch = batches.get(context) ?? begin(context)
    batch.items.push(item)
    const found = batch.answer.then((find) => find(item))
    known.set(item, found)
    return found
  }
}
