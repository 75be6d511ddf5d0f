import { expect, it } from "vitest";
import { fuzz } from "./fuzz.ts";

const INPUTS = Number(process.env.TERNMQ_FUZZ_INPUTS ?? 100_000);
const SEED = Number(process.env.TERNMQ_FUZZ_SEED ?? 20_260_101);
const FROM = Number(process.env.TERNMQ_FUZZ_FROM ?? 0);
const MILLISECONDS_PER_INPUT = 5;
/** What the compiler and the clients of the test keep; one object kept for each input would come to more. */
const NOISE_BYTES = 4_000_000 + 20 * INPUTS;

it(`stands ${INPUTS} mutated streams of packets (seed ${SEED}) without an internal error, a leak, or other clients noticing`, {
  timeout: 60_000 + INPUTS * MILLISECONDS_PER_INPUT,
}, async () => {
  const { before, after, growth } = await fuzz({ inputs: INPUTS, seed: SEED, from: FROM });
  expect(after).toEqual(before);
  expect(growth).toBeLessThan(NOISE_BYTES);
});
