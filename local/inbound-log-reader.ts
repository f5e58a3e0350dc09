import type { InboundMessage } from '../functions/entry.ts'
import { readBlock } from './inbound-block.ts'
import { openLogDatabase } from './inbound-log.ts'

/** The draining side: its own connection to the same file. */
export type InboundLogReader = {
  /** Messages numbered above `seq`, oldest first: as many whole blocks as keep within both limits, at least one if there is one. */
  after: (seq: number, limits: { messagesMax: number; bytesMax: number }) => InboundMessage[]
  /** The number before the oldest message still kept; undefined when nothing is kept. */
  seqBeforeOldest: () => number | undefined
  close: () => void
}

export const openInboundLogReader = (path: string): InboundLogReader => {
  const database = openLogDatabase(path)
  const blocks = database.prepare('SELECT first_seq, last_seq, bytes FROM blocks WHERE last_seq > ? ORDER BY last_seq')
  const oldest = database.prepare('SELECT min(first_seq) AS seq FROM blocks')
  return {
    after: (seq, { messagesMax, bytesMax }) => {
      const messages: InboundMessage[] = []
      let totalBytes = 0
      for (const { first_seq, last_seq, bytes } of blocks.iterate(seq)) {
        if (!(bytes instanceof Uint8Array)) break
        const firstSeq = Number(first_seq)
        totalBytes += bytes.byteLength
        const isTooMany = messages.length + Number(last_seq) - firstSeq + 1 > messagesMax || totalBytes > bytesMax
        if (isTooMany && messages.length > 0) break
        messages.push(...readBlock(bytes, firstSeq).slice(Math.max(0, seq + 1 - firstSeq)))
      }
      return messages
    },
    seqBeforeOldest: () => {
      const seq = oldest.get()?.seq
      return typeof seq === 'number' ? seq - 1 : undefined
    },
    close: () => database.close(),
  }
}
