import type { KindName } from "../load/kinds/kind.ts";
import { WARMUP_SECONDS } from "../load/run.ts";
import { nameOf, type Step } from "./rounds.ts";

/** What a run takes beside its window, in seconds, as long as that is not known: the start of a broker, its clients, its end. */
const BESIDE_SECONDS: Readonly<Record<KindName, number>> = {
  load: WARMUP_SECONDS + 2,
  storm: WARMUP_SECONDS + 2,
  connections: 31,
  subscriptions: 25,
  retained: 25,
};
const WINDOWED: ReadonlySet<KindName> = new Set(["load", "storm"]);

/** How long runs will take, by what the same ones took in rounds before. */
export class Estimate {
  readonly #seconds: number;
  readonly #taken = new Map<string, number>();

  /** @param seconds of a measured window */
  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  took(step: Step, seconds: number): void {
    this.#taken.set(nameOf(step), seconds);
  }

  /** As a person would say it. */
  text(steps: readonly Step[]): string {
    const seconds = steps.map((step) => this.#secondsOf(step)).reduce((sum, one) => sum + one, 0);
    return seconds < 90 ? `about ${Math.ceil(seconds)} s` : `about ${Math.round(seconds / 60)} min`;
  }

  #secondsOf(step: Step): number {
    const { kind } = step.scenario;
    return this.#taken.get(nameOf(step)) ?? BESIDE_SECONDS[kind] + (WINDOWED.has(kind) ? this.#seconds : 0);
  }
}
