/** Small requests that wait for a table are made so many at a time. */
const AT_ONCE = 25

/** Asks about every item, a few at a time; answers are in the order of the items. */
export const eachOf = async <Item, Result>(items: readonly Item[], ask: (item: Item) => Promise<Result>): Promise<Result[]> => {
  const results: Result[] = []
  for (let from = 0; from < items.length; from += AT_ONCE)
    results.push(...(await Promise.all(items.slice(from, from + AT_ONCE).map(ask))))
  return results
}
