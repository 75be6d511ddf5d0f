/** Rounds beyond those of the suite: `npm run test:churn -- --rounds 100`. */
export const EXTRA_ROUNDS = Number(process.env.TERNMQ_CHURN_ROUNDS ?? 0);

/** What compiled code and the collector's bookkeeping may come to; one object kept for each of 100,000 clients would come to more. */
export const NOISE_BYTES = 4_000_000;
