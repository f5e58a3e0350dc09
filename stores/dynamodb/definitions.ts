import { indexNames } from '../filing.ts'
import type { TableSpec } from '../table.ts'
import { type TableName, tables } from '../tables.ts'

/** How the tables look in DynamoDB, as plain data: what `infra/` deploys, what tests create, and what the adapter reads and writes. */

/** The two string attributes of a key, partition first. */
export type KeyAttributes = { partition: string; sort: string }
export type TableDefinition = {
  name: TableName
  title: string
  key: KeyAttributes
  indexes: { name: string; key: KeyAttributes }[]
}

export const ITEM_KEY: KeyAttributes = { partition: 'pk', sort: 'sk' }
export const VERSION = 'v'
/** The row as JSON text. As a map, numbers beyond DynamoDB's range and empty field names would not survive. */
export const BODY = 'body'

/** The attributes that file an item in an index, both absent while it is not in it; the index has the name of the spec. */
export const indexKey = (index: string): KeyAttributes => ({ partition: `${index}Pk`, sort: `${index}Sk` })

/** Every table with its keys and its indexes, all of which project the whole item. `title` is the spec's name, good in a table name. */
export const tableDefinitions = (): TableDefinition[] =>
  (Object.entries(tables) as [TableName, TableSpec<object, never, string>][]).map(([name, spec]) => ({
    name,
    title: spec.name,
    key: ITEM_KEY,
    indexes: indexNames(spec).map((index) => ({ name: index, key: indexKey(index) })),
  }))

/** The customer-managed keys. Each opens what one circle of functions must see, so that who computes energy reads no household. */
export type KeyName = 'people' | 'field'

/** Tables that hold personal data or secrets, by the key that encrypts them; what is not named here holds neither. */
export const encryptedTables: Partial<Record<TableName, { key: KeyName; because: string }>> = {
  households: { key: 'people', because: 'names of heads of household' },
  persons: { key: 'people', because: 'names of persons' },
  memberships: { key: 'people', because: 'who belongs to which household' },
  plans: { key: 'people', because: 'who works for which wage' },
  planEvents: { key: 'people', because: 'words of objections may name somebody' },
  attendance: { key: 'people', because: 'who was at work' },
  allocationLines: { key: 'people', because: 'who gets how much' },
  noticePhotos: { key: 'people', because: 'a notice may name payees in full' },
  payeeAccounts: { key: 'people', because: 'names and bank accounts of payees' },
  users: { key: 'people', because: 'names and password hashes of users' },
  signingKeys: { key: 'people', because: 'whoever reads one speaks for any user' },
  stations: { key: 'field', because: 'the name of the person who looks after a station' },
  quarantine: { key: 'field', because: 'messages nobody understood may hold anything' },
}
