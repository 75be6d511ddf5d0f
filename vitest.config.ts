import { defineConfig } from "vitest/config";

/** Tests that start programs or load the machine: one file at a time, after all others. */
const SERIAL = ["test/e2e/**/*.test.ts", "test/robustness/**/*.test.ts"];

export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 60_000,
    pool: "forks",
    projects: [
      { extends: true, test: { name: "parallel", include: ["test/**/*.test.ts"], exclude: SERIAL } },
      { extends: true, test: { name: "serial", include: SERIAL, fileParallelism: false, sequence: { groupOrder: 1 } } },
    ],
  },
});
