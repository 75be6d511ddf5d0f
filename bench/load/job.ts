import type { Figures } from "./figures.ts";
import type { Scenario, Transport } from "./scenarios.ts";

/** Where a broker listens, and who the clients say they are. */
export interface Target {
  readonly transport: Transport;
  readonly host: string;
  readonly port: number;
  /** Of a WebSocket. */
  readonly path: string;
  readonly userName?: string;
  readonly password?: string;
  /** What client identifiers begin with. */
  readonly clientPrefix: string;
}

/** What a generator process is given. */
export interface Job<S extends Scenario = Scenario> {
  readonly scenario: S;
  readonly target: Target;
  /** Absent: the broker's process is not known, or elsewhere. */
  readonly brokerPid?: number;
  readonly warmupSeconds: number;
  readonly seconds: number;
  /** The longest wait for what is still under way at the end. */
  readonly drainSeconds: number;
  /** Threads that make the load, where it can be parted. */
  readonly generators: number;
  /** The broker goes on to live: nothing is to be left in it. */
  readonly cleanUp: boolean;
}

/** What was found in a run, and what the broker got wrong in it. */
export interface Measurement {
  readonly figures: Figures;
  readonly faults: readonly string[];
}

export function loopback(port: number, transport: Transport = "tcp"): Target {
  return { transport, host: "127.0.0.1", port, path: "/mqtt", clientPrefix: "load" };
}
