import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { openStore, sequencesOf, temporaryDirectory } from "./support/store.ts";

const WRITER = fileURLToPath(new URL("child/writer.js", import.meta.url));
const ROUNDS = 5;

/** Lets a process write until `acknowledged` batches were, and kills it. Returns the last sequence that it was told to be kept. */
async function writeAndKill(directory: string, level: string, acknowledged: number): Promise<number> {
  const child = spawn(process.execPath, [WRITER, directory, level], { stdio: ["ignore", "pipe", "inherit"] });
  let lines = 0;
  let last = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    if (++lines === acknowledged) child.kill("SIGKILL");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  expect(child.signalCode).toBe("SIGKILL");
  return last;
}

describe.each(["fsync", "commit"] as const)("a process that is killed while it writes at %s", (level) => {
  it("leaves all that was acknowledged, each batch in one piece, and no lock", async () => {
    const directory = temporaryDirectory();
    for (let round = 1; round <= ROUNDS; round++) {
      const last = await writeAndKill(directory, level, round * 7);
      const { disk } = await openStore(directory);
      const sequences = await sequencesOf(disk, 1);
      expect(sequences.length).toBeGreaterThanOrEqual(last);
      expect(sequences.length % 3).toBe(0);
      expect(sequences).toEqual(Array.from({ length: sequences.length }, (_, index) => index + 1));
      await disk.close();
    }
  });
});
