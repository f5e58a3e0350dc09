import type { Page } from '../../stores/table.ts'

/**
 * A page of a store, or undefined when the store does not take the cursor: it belongs to another query (another region's, say)
 * or was edited. Stores answer those with a RangeError.
 */
export const pageAt = async <Row>(
  query: (cursor: { cursor?: string }) => Promise<Page<Row>>,
  cursor: string | undefined,
): Promise<Page<Row> | undefined> => {
  if (cursor === undefined) return await query({})
  try {
    return await query({ cursor })
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
