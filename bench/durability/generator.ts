/** The generator process of what is not load for a time: a job as its JSON argument, the outcome as JSON on stdout. */
import { type Job, run } from "./jobs.ts";

process.on("uncaughtException", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});

const job: Job = JSON.parse(process.argv[2] ?? "");
process.stdout.write(`${JSON.stringify(await run(job))}\n`);
