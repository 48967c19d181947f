export { Breaker, type BreakerState } from './breaker.ts'
export { type Candidate, explainPlan, type Plan, type PlannedRoute, plan, type SkippedRoute } from './plan.ts'
export type { Receipt } from './receipt.ts'
