import type { Bucket } from 'aws-cdk-lib/aws-s3'

/** What both kinds of CloudFront stand in front of. */
export type Behind = { bucket: Bucket; apiHost: string }

/**
 * Errors that CloudFront would keep for ten seconds, whatever their headers and the cache policy say, and answer the next caller
 * with: who asks then may have a right that the first had not.
 */
export const ERRORS_NOT_KEPT = [400, 403, 404, 405, 414, 500, 501, 502, 503, 504]
