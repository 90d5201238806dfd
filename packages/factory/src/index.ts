export {
  assemblePlan,
  planBuilds,
  type CompiledConfigs,
  type FactoryPlan,
  type PlannedBuild,
  type PlanRequest,
} from "./plan-builds.ts";
