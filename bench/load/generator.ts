/** The generator process: a job as its JSON argument, the measurement as JSON on stdout. */
import { type Job, runLoad } from "./driver.ts";

process.on("uncaughtException", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});

const job: Job = JSON.parse(process.argv[2] ?? "");
process.stdout.write(`${JSON.stringify(await runLoad(job))}\n`);
