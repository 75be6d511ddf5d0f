import { defineConfig } from "vitest/config";

/** Tests that start programs or load the machine: one file at a time, after all others. */
const SERIAL = ["test/e2e/**/*.test.ts", "test/robustness/**/*.test.ts"];

/** Protocol tests in which the way to the socket matters: they run once more through Node's streams (docs/adr/002-direct-io.md). */
const PLAIN = [
  "connect",
  "disconnect",
  "framing",
  "leaving-early",
  "lifecycle",
  "packet-size",
  "proxy-protocol",
  "qos-out",
  "rates",
  "slow-receiver",
  "unix-socket",
];

export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 60_000,
    pool: "forks",
    projects: [
      { extends: true, test: { name: "parallel", include: ["test/**/*.test.ts"], exclude: SERIAL } },
      {
        extends: true,
        test: {
          name: "plain TCP",
          include: PLAIN.map((name) => `test/protocol/${name}.test.ts`),
          env: { TERNMQ_DIRECT_IO: "0" },
        },
      },
      { extends: true, test: { name: "serial", include: SERIAL, fileParallelism: false, sequence: { groupOrder: 1 } } },
    ],
  },
});
