/** A name that every file system takes. */
export const fileNameOf = (...parts: readonly string[]): string =>
  parts
    .map((part) => part.replace(/[\\/:*?"<>|.\p{Cc}\p{Cf}\s]/gu, ''))
    .filter((part) => part !== '')
    .join('-')
    .slice(0, 100)
    .toWellFormed()
