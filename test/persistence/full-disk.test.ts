import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { run } from "../support/program.ts";
import { openStore, sequencesOf, temporaryDirectory } from "./support/store.ts";

const CHILD = fileURLToPath(new URL("child/full-disk.js", import.meta.url));

describe.each(["fsync", "commit"])("a disk that is full, at the level %s", (level) => {
  it("keeps nothing of a batch, says so, and takes the same batch when there is room again", async () => {
    const directory = temporaryDirectory();
    const { code, stdout, stderr } = await run(process.execPath, [CHILD, directory, level]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toEqual({
      first: "kept",
      full: ["ERR_STORE_FULL", "ERR_STORE_FULL"],
      keptOperations: true,
      rowsWhenFull: 10,
      again: "kept",
      rowsAfter: 110,
    });
    expect(await sequencesOf((await openStore(directory)).disk, 1)).toHaveLength(110);
  });
});

it("is told at the opening as well", async () => {
  const directory = temporaryDirectory();
  const script = `
    const { openDisk } = await import(${JSON.stringify(new URL("../../dist/src/persistence/disk/disk.js", import.meta.url))});
    const error = await openDisk(${JSON.stringify(directory)}, { repair: false, visitor: {} }).catch((error) => error);
    process.stdout.write(JSON.stringify([error.code, error.message]));`;
  const args = ["--fsize=10000:unlimited", process.execPath, "--input-type=module", "-e", script];
  const { stdout, stderr } = await run("prlimit", args);
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual(["ERR_STORE_UNUSABLE", expect.stringMatching(/make room on the disk/)]);
  await openStore(directory);
});
