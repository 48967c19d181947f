export type { Claim } from './claim.ts'
export {
  createMemoryDeduplication,
  type DeduplicationStore,
  type MemoryDeduplicationOptions,
  sharedDeduplication,
} from './deduplication-store.ts'
