export { type Candidate, explainPlan, type Plan, type PlannedRoute, plan, type SkippedRoute } from './plan.ts'
