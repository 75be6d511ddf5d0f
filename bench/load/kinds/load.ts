import { partsOf } from "../load-part.ts";
import { runTimed } from "../timed.ts";
import { type Kind, patienceSeconds, TIMED_COLUMNS } from "./kind.ts";

export const load: Kind<"load"> = {
  unit: "msg",
  columns: TIMED_COLUMNS,
  headline: "perCpuSecond",
  legend: `Messages for a time. msg = deliveries to subscribers; latencies from a message's sending (open loop, "a second": from when it was to be
sent) until a receiver has it. With many under way in a closed loop they tell how long the queue is, not how quick the broker is.`,
  limitSeconds: ({ publishers, subscribers, standing }) => patienceSeconds(publishers + subscribers, standing),
  run: (job) => runTimed(job, partsOf(job.scenario, job.generators)),
};
