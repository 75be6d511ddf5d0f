import { share } from "../connection.ts";
import { FILLER_BYTES, FILLER_PAYLOAD_BYTES, Filler } from "../filler.ts";
import type { Job, Measurement } from "../job.ts";
import { faultTexts } from "../part.ts";
import type { SubscriptionsScenario } from "../scenarios.ts";
import { type Kind, patienceSeconds } from "./kind.ts";
import { WEIGHT_COLUMNS, weigh } from "./weight.ts";

const REST_SECONDS = 1;

async function run({ scenario, target, brokerPid }: Job<SubscriptionsScenario>): Promise<Measurement> {
  const filler = new Filler(share(target, FILLER_PAYLOAD_BYTES, FILLER_BYTES), scenario.count);
  await filler.open();
  const figures = await weigh(brokerPid, scenario.count, REST_SECONDS, () => filler.subscribe());
  filler.close();
  return { figures, faults: faultTexts([{ refused: filler.refused }]) };
}

export const subscriptions: Kind<"subscriptions"> = {
  unit: "subs",
  columns: WEIGHT_COLUMNS,
  headline: "bytesEach",
  legend: `Subscriptions of one client, 100 to a SUBSCRIBE, and ${REST_SECONDS} s of rest. bytes each = what resident memory has grown by, for each;
idle MB = before.`,
  limitSeconds: ({ count }) => patienceSeconds(1, count),
  run,
};
