import { Duration, RemovalPolicy, type Stack } from 'aws-cdk-lib'
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam'
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership, StorageClass } from 'aws-cdk-lib/aws-s3'

/** Where raw readings stay for good, once the time series lets them go. */
export type SystemArchive = { bucketName: string; grant: (grantee: IGrantable, side: 'read' | 'write') => void }

/** Readings are looked at again within months, or by an audit years later; then it may take milliseconds but not hours. */
const RARELY_READ_AFTER = Duration.days(90)
const HARDLY_READ_AFTER = Duration.days(365)
/** What was overwritten or deleted by mistake can be had back for so long. */
const OLD_VERSIONS_KEPT = Duration.days(90)
const UNFINISHED_UPLOADS_KEPT = Duration.days(7)

/** A private bucket, encrypted, versioned and kept when the stack goes. It holds readings of devices and nothing about persons. */
export const addArchive = (stack: Stack): SystemArchive => {
  const bucket = new Bucket(stack, 'archive', {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    versioned: true,
    removalPolicy: RemovalPolicy.RETAIN,
    lifecycleRules: [
      {
        transitions: [
          { storageClass: StorageClass.INFREQUENT_ACCESS, transitionAfter: RARELY_READ_AFTER },
          { storageClass: StorageClass.GLACIER_INSTANT_RETRIEVAL, transitionAfter: HARDLY_READ_AFTER },
        ],
        noncurrentVersionExpiration: OLD_VERSIONS_KEPT,
        abortIncompleteMultipartUploadAfter: UNFINISHED_UPLOADS_KEPT,
      },
    ],
  })
  const objects = bucket.arnForObjects('*')
  const grant: SystemArchive['grant'] = (grantee, side) => {
    Grant.addToPrincipal({ grantee, actions: ['s3:ListBucket'], resourceArns: [bucket.bucketArn] })
    const actions = side === 'read' ? ['s3:GetObject'] : ['s3:GetObject', 's3:PutObject']
    Grant.addToPrincipal({ grantee, actions, resourceArns: [objects] })
  }
  return { bucketName: bucket.bucketName, grant }
}
