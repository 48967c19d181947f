export { type ArchiveTransportOptions, archive } from './archive.ts'
export { archiveCatalogue } from './errors.ts'
export { type ArchivedMessage, type ReadArchiveOptions, readArchive } from './reading/read-archive.ts'
