/**
 * The version of this contract, `major.minor`. A plugin states the one it was built for: the same major, and a minor
 * not above core's, is admitted.
 */
export const contractVersion = '1.0'
