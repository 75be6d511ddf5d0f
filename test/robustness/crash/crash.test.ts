import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type CrashOptions, crashTest } from "./crash.ts";

/** Kills of each kind; others by `npm run test:crash -- --rounds 200 --seed 7`. */
const ROUNDS = Number(process.env.TERNMQ_CRASH_ROUNDS ?? 10);
/** Repeats what the clients want to do, not when the processes do it. */
const SEED = Number(process.env.TERNMQ_CRASH_SEED ?? Date.now() % 1_000_000);
const TIMEOUT = 60_000 + ROUNDS * 5_000;
/** Ends as by a power cut: what was not synced is lost. */
const FORGETFUL = fileURLToPath(new URL("../../../dist/tools/crash/forgetful-broker.js", import.meta.url));
const KINDS: readonly [kind: string, options: Omit<CrashOptions, "rounds" | "seed">][] = [
  ["kill -9 with --durability fsync", { args: ["--durability", "fsync"] }],
  ["kill -9 with --durability commit", { args: ["--durability", "commit"] }],
  ["a power cut with --durability fsync", { args: ["--durability", "fsync"], command: [process.execPath, FORGETFUL] }],
];

describe(`In ${ROUNDS} rounds (seed ${SEED})`, { timeout: TIMEOUT }, () => {
  it.each(KINDS)("nothing acknowledged is lost by %s", async (_kind, options) => {
    const { faults, acknowledged, handedOn } = await crashTest({ rounds: ROUNDS, seed: SEED, ...options });
    expect(faults).toBe("");
    expect(acknowledged).toBeGreaterThan(ROUNDS);
    expect(handedOn).toBeGreaterThan(acknowledged);
  });
});

describe("The test of crashes notices the loss", { timeout: TIMEOUT }, () => {
  const losses: typeof KINDS = [
    ["by kill -9 of what only memory held", { args: ["--no-persistence"] }],
    [
      "by a power cut of what was not synced",
      { args: ["--durability", "commit"], command: [process.execPath, FORGETFUL] },
    ],
  ];

  it.each(losses)("%s", async (_kind, options) => {
    const { faults } = await crashTest({ rounds: ROUNDS, seed: SEED, ...options });
    expect(faults).toMatch(/retained, expected|session is lost|never got/);
    const [, directory = ""] = /data directory (\S+)/.exec(faults) ?? [];
    rmSync(directory, { recursive: true });
  });
});
