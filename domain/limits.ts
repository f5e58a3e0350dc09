/** The limits both runtimes honour: wherever AWS and the local broker differ, the stricter of the two. */

/** AWS IoT Core refuses a larger publish. */
export const MESSAGE_BYTES_MAX = 128 * 1024
/** AWS IoT Core allows seven slashes in a topic, so eight levels. */
export const TOPIC_LEVELS_MAX = 8
export const TOPIC_BYTES_MAX = 256
/** More readings than this in one message is a mistake, not a backlog: a backlog is many messages. */
export const READINGS_PER_MESSAGE_MAX = 1_000
/** Nesting beyond `message > readings > reading > strings > string` has no meaning. */
export const JSON_DEPTH_MAX = 8
/** A reading stamped further ahead than this of its receive time is quarantined: its clock is wrong. */
export const FUTURE_TOLERANCE_MS = 5 * 60_000
/** No device of this field is older; an earlier stamp means the clock was never set. */
export const CLOCK_UNSET_BEFORE_MS = Date.UTC(2000, 0, 1)

/** How often a message is tried before it is dead-lettered. */
export const RECEIVES_MAX = 5
/** Batches of one function under way at once on AWS: enough for 83,000 stations, and a small part of an account's thousand. */
export const CONCURRENT_BATCHES_MAX = 40
/** DynamoDB refuses a larger item. */
export const ROW_BYTES_MAX = 400 * 1024
/** Rows a query page may hold at most. */
export const PAGE_ROWS_MAX = 1_000

/** Identifiers of gateways, devices, stations: also valid MQTT topic levels, client ids and file names. */
export const ID_PATTERN = /^[A-Za-z0-9_-]{1,64}$/
