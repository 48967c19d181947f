export {
  type Claim,
  createMemoryDeduplication,
  type DeduplicationStore,
  type MemoryDeduplicationOptions,
  sharedDeduplication,
} from './deduplication-store.ts'
