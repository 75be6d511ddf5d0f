import type { Job, Measurement } from "../job.ts";
import { connections } from "./connections.ts";
import type { Kind, KindName, ScenarioOf } from "./kind.ts";
import { load } from "./load.ts";
import { retained } from "./retained.ts";
import { storm } from "./storm.ts";
import { subscriptions } from "./subscriptions.ts";

/** Every kind of scenario. */
const KINDS: { readonly [K in KindName]: Kind<K> } = { load, subscriptions, connections, storm, retained };

/** How the figures of a scenario are told. */
export function kindOf<K extends KindName>(scenario: ScenarioOf<K>): Omit<Kind<K>, "run"> {
  return KINDS[scenario.kind as K];
}

export function runJob<K extends KindName>(job: Job<ScenarioOf<K>>): Promise<Measurement> {
  const kind: Kind<K> = KINDS[job.scenario.kind as K];
  return kind.run(job);
}
