import { ITEM_KEY, type KeyAttributes } from './definitions.ts'

/** How the table of readings looks in DynamoDB, as plain data: what `infra/` deploys, what tests create, what the adapter uses. */

/** The two string attributes of its key; it has no index. */
export const READINGS_KEY: KeyAttributes = ITEM_KEY
/** The attribute of its time to live, epoch seconds. */
export const EXPIRES_AT = 'expiresAtS'
