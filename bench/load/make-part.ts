import type { Job } from "./job.ts";
import { LoadPart } from "./load-part.ts";
import type { Part, Share } from "./part.ts";
import type { LoadScenario, StormScenario } from "./scenarios.ts";
import { StormPart } from "./storm-part.ts";

/** A job that goes on for a time, for several threads if need be. */
export type TimedJob = Job<LoadScenario> | Job<StormScenario>;

function isStorm(job: TimedJob): job is Job<StormScenario> {
  return job.scenario.kind === "storm";
}

export function makePart(job: TimedJob, part: Share): Part {
  return isStorm(job) ? new StormPart(job, part) : new LoadPart(job as Job<LoadScenario>, part);
}
