import { ITEM_KEY, type KeyAttributes } from './definitions.ts'

/**
 * How the table of readings looks in DynamoDB, as plain data: what `infra/` deploys, what tests create, what the adapter uses. It
 * holds three kinds of items; ids have neither `#` nor `/`, so their keys never meet:
 *
 *     ZL1-INV-1#2026-11-02   43200000#q3XkD0…   the readings of one message, packed
 *     days/ZL1-INV-1         2026-11-02         the devices of a group that have readings on a day
 *     device/ZL1-INV-2       group              the group that a device is in, for ever
 */

/** The two string attributes of its key; it has no index. */
export const READINGS_KEY: KeyAttributes = ITEM_KEY
/** The attribute of its time to live, epoch seconds. Items of devices have none. */
export const EXPIRES_AT = 'expiresAtS'

/** The packed readings. Names are short because they are paid for with every item read. */
export const BODY = 'body'
/** Which append wrote the item. */
export const RECEIPT = 'by'
/** The set of device ids of a day. */
export const DEVICES = 'devices'
/** The group of a device. */
export const GROUP = 'group'
