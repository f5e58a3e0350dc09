import type { Bucket } from 'aws-cdk-lib/aws-s3'

/** What both kinds of CloudFront stand in front of. */
export type Behind = { bucket: Bucket; apiHost: string }
