import type { BrokerKind } from "./broker-kind.ts";
import { mosquitto } from "./mosquitto.ts";
import { ternmq } from "./ternmq.ts";

/** In the order of running: each is compared with the first. */
export const BROKERS: readonly BrokerKind[] = [mosquitto, ternmq];
