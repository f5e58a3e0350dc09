/**
 * The port for whole files: raw readings kept beyond their time to live, and what travels from one system to another.
 *
 * A key is a path of plain names, such as `readings/341623000000/2026-10-01/ZL1.ndjson.gz`. Promises, held by one contract suite
 * over every adapter:
 * - when `put` returns the file is durable and whole under its key; whoever reads meanwhile gets the old file or the new one;
 * - putting the same bytes again changes nothing; other bytes take the place of the old;
 * - a file comes back byte for byte, or `get` throws: damage is never handed on;
 * - a key that is no path of plain names is a RangeError.
 */

export type ArchiveReader = {
  /** Undefined when there is no such file. */
  get: (key: string) => Promise<Uint8Array | undefined>
  /** Keys that begin with the prefix, in the order of their characters. */
  list: (ask: FileList) => Promise<FilePage>
}

export type Archive = ArchiveReader & { put: (key: string, bytes: Uint8Array) => Promise<void> }

export type FileList = {
  prefix: string
  /** Only keys behind this one: the last key of the page before. */
  after?: string
  /** 1..KEYS_PER_PAGE_MAX, KEYS_PER_PAGE_MAX when absent. */
  limit?: number
}
/** `isLast` says whether there is nothing behind it. */
export type FilePage = { keys: string[]; isLast: boolean }

export const KEYS_PER_PAGE_MAX = 1_000
/** S3 takes keys of up to 1,024 bytes. */
const KEY_CHARS_MAX = 512
/** Names begin with a letter, a digit, `_` or `-`, so that `.` and `..` are none. */
const KEY_PATTERN = /^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/
const PREFIX_PATTERN = /^([\w-][\w.-]*\/)*([\w-][\w.-]*)?$/

/** For adapters: the key as given, or a RangeError. */
export const checkedFileKey = (key: string): string => {
  if (key.length > KEY_CHARS_MAX || !KEY_PATTERN.test(key)) throw new RangeError('a key of a file is a path of plain names')
  return key
}

/** For adapters: what is asked for, checked and complete. */
export const checkedFileList = ({ prefix, after, limit = KEYS_PER_PAGE_MAX }: FileList) => {
  if (prefix.length > KEY_CHARS_MAX || !PREFIX_PATTERN.test(prefix)) throw new RangeError('a prefix is the beginning of a key')
  if (!Number.isInteger(limit) || limit < 1 || limit > KEYS_PER_PAGE_MAX) {
    throw new RangeError(`a limit is 1 to ${KEYS_PER_PAGE_MAX}`)
  }
  return { prefix, limit, ...(after !== undefined && { after: checkedFileKey(after) }) }
}
