/** One way to do what is measured. */
export interface Contender {
  readonly name: string;
  /** Does `operations` of it. */
  readonly run: () => void;
}

/** Several ways to do the same: ours first, the others are what it is compared with. */
export interface Comparison {
  readonly title: string;
  /** Of one `run`. */
  readonly operations: number;
  readonly contenders: readonly Contender[];
}

/** Measures one primitive. */
export interface MicroBenchmark {
  /** For `--only`. */
  readonly id: string;
  /** What an operation is. */
  readonly title: string;
  /** Whether there is one comparison for each number of filters or topic names, or only one. */
  readonly hasSizes: boolean;
  /** Made one after the other, so that what one needs is gone before the next is made. */
  comparisons(size: number): Iterable<Comparison>;
}
