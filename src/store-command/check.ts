import { Audit } from "../persistence/disk/audit.ts";
import { Snapshot } from "../persistence/disk/snapshot.ts";
import { Output } from "./output.ts";

/** Writes what is wrong with a store, a problem a line. @returns whether nothing is. @throws {TernmqError} by the promise */
export async function checkStore(directory: string): Promise<boolean> {
  const snapshot = await Snapshot.open(directory);
  try {
    const output = await Output.open("-");
    let problems = 0;
    for (const problem of new Audit(snapshot).problems()) {
      problems++;
      await output.write(problem);
    }
    await output.write(summary(directory, problems));
    await output.end();
    return problems === 0;
  } finally {
    await snapshot.close();
  }
}

function summary(directory: string, problems: number): string {
  if (problems === 0) return `${directory} is sound`;
  return `${directory} has ${problems} ${problems === 1 ? "problem" : "problems"}`;
}
