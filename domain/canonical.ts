/** JSON text in which equal values are equal strings: keys in order, absent keys gone. Databases may return keys in any order. */
export const canonicalJson = (value: unknown): string => JSON.stringify(value, (_, inner: unknown) => ordered(inner))

const ordered = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : value
