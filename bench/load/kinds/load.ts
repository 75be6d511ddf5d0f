import { partsOf } from "../load-part.ts";
import { runTimed } from "../timed.ts";
import { type Kind, TIMED_COLUMNS } from "./kind.ts";

/** What connecting and subscribing may take, and what goes on in a broker beside. */
const BASE_SECONDS = 30;
const CLIENTS_A_SECOND = 50;
const SUBSCRIPTIONS_A_SECOND = 2_500;

export const load: Kind<"load"> = {
  unit: "msg",
  columns: TIMED_COLUMNS,
  headline: "perCpuSecond",
  legend: `Messages for a time. msg = deliveries to subscribers; latencies from a message's sending (open loop, "a second": from when it was to be
sent) until a receiver has it. With many under way in a closed loop they tell how long the queue is, not how quick the broker is.`,
  limitSeconds: ({ publishers, subscribers, standing = 0 }) =>
    BASE_SECONDS + (publishers + subscribers) / CLIENTS_A_SECOND + standing / SUBSCRIPTIONS_A_SECOND,
  run: (job) => runTimed(job, partsOf(job.scenario, job.generators)),
};
