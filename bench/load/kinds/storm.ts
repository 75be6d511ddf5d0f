import { runTimed } from "../timed.ts";
import { type Kind, TIMED_COLUMNS } from "./kind.ts";

export const storm: Kind<"storm"> = {
  unit: "conn",
  columns: TIMED_COLUMNS,
  headline: "perCpuSecond",
  legend:
    "Clients that connect and leave. conn = accepted CONNECTs; latencies from the opening of the connection to the CONNACK.",
  limitSeconds: () => 60,
  run: (job) => runTimed(job, Math.min(job.generators, job.scenario.atATime)),
};
