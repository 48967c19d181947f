import { maxEncodings, maxExtensions, nameLimits } from '../message/index.ts'
import { fixedBytes } from './compact.ts'

/** Most bytes of one UTF-16 unit in UTF-8. */
const unitBytes = 3

/** `id`, `from`, `correlationId`, `causationId`, `key`, `contentType`, `traceparent` and `tracestate`. */
const textBytes = 8 * nameLimits.text * unitBytes

/** `type`, `to`, `replyTo`: names, which are ASCII. */
const nameBytes = nameLimits.type + 2 * nameLimits.text

const encodingBytes = maxEncodings * (nameLimits.encoding + 1) - 1

const extensionBytes = maxExtensions * (nameLimits.extensionName + nameLimits.extension * unitBytes)

/** The length of each text, `expiresAt`, and the number of extensions. */
const frameworkBytes = 2 * (12 + 2 * maxExtensions) + 8 + 1

/** More than the header of any frame takes in its compact form, computed from the limits of its attributes. */
export const maxEncodedHeaderBytes =
  fixedBytes + frameworkBytes + textBytes + nameBytes + encodingBytes + extensionBytes
