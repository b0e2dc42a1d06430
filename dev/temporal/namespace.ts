import type { Connection } from '@temporalio/client'
import proto from '@temporalio/proto'

const { IndexedValueType } = proto.temporal.api.enums.v1

const searchAttributeTypes = {
  Text: IndexedValueType.INDEXED_VALUE_TYPE_TEXT,
  Keyword: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  KeywordList: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
  Int: IndexedValueType.INDEXED_VALUE_TYPE_INT,
  Double: IndexedValueType.INDEXED_VALUE_TYPE_DOUBLE,
  Bool: IndexedValueType.INDEXED_VALUE_TYPE_BOOL,
  Datetime: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
} as const

export interface NamespaceWish {
  readonly namespace: string
  /** The search attributes that it needs, by name, for example `{ TenantId: 'Keyword' }`. */
  readonly searchAttributes: Readonly<Record<string, keyof typeof searchAttributeTypes>>
}

/**
 * Adds missing search attributes to the namespace. Undefined when it has them all, otherwise the reason why not yet.
 * The server's option `--search-attribute` works for new namespaces only, and a later version may need more of them.
 */
export async function prepareNamespace(connection: Connection, wish: NamespaceWish): Promise<unknown> {
  try {
    return await connection.withDeadline(Date.now() + 5000, async () => {
      await connection.workflowService.describeNamespace({ namespace: wish.namespace })
      const missing = await missingSearchAttributes(connection, wish)
      if (Object.keys(missing).length === 0) return undefined
      await connection.operatorService.addSearchAttributes({ namespace: wish.namespace, searchAttributes: missing })
      return new Error('The search attributes were added and are not available yet.')
    })
  } catch (error) {
    return error
  }
}

async function missingSearchAttributes(connection: Connection, { namespace, searchAttributes }: NamespaceWish) {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace })
  return Object.fromEntries(
    Object.entries(searchAttributes)
      .filter(([name]) => !(name in (customAttributes ?? {})))
      .map(([name, type]) => [name, searchAttributeTypes[type]]),
  )
}
