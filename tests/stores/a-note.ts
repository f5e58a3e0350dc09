import type { Page, Table, TableSpec } from '../../stores/table.ts'

/** The table that the contract suite of the Table port writes its rows in. */

export type Note = { shelf: string; title: string; text?: string; owner?: string; rank?: string; body?: unknown }
export type NoteTable = Table<Note, 'shelf' | 'title', 'byOwner' | 'byRank'>
export type OpenedNotes = { table: NoteTable; close: () => Promise<void> | void }

/** A table with an index every owned row is in, and one whose sort keys are not unique. */
export const noteSpec: TableSpec<Note, 'shelf' | 'title', 'byOwner' | 'byRank'> = {
  name: 'contract-notes',
  key: ({ shelf, title }) => ({ partition: shelf, sort: title }),
  indexes: {
    byOwner: ({ owner, title }) => (owner === undefined ? undefined : { partition: owner, sort: title }),
    byRank: ({ owner, rank }) => (owner === undefined || rank === undefined ? undefined : { partition: owner, sort: rank }),
  },
}

/** The table under test, known once it is open. */
export type OpenTable = () => NoteTable
/** A partition that no other rule touches. */
export type OwnShelf = () => string
export const titles = (page: Page<Note>): string[] => page.rows.map(({ row }) => row.title)
export const aNote = (shelf: string, title = 'a', rest: Partial<Note> = {}): Note => ({ shelf, title, ...rest })
