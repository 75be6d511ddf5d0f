import type { BrokerKind } from "../load/brokers/broker-kind.ts";
import { brokerKind, type CommandBroker } from "../load/brokers/command-broker.ts";
import { mosquitto } from "../load/brokers/mosquitto.ts";
import { ternmq } from "../load/brokers/ternmq.ts";
import { aedes } from "./rows/aedes.ts";
import { emqx } from "./rows/emqx.ts";
import { flashmq } from "./rows/flashmq.ts";
import { nanomq } from "./rows/nanomq.ts";
import { nats } from "./rows/nats.ts";
import { rabbitmq } from "./rows/rabbitmq.ts";

/**
 * What may be installed beside Mosquitto, in the order of the report. Where a setting bounds what waits for a client, it is raised so that nothing
 * of the load is dropped; all else is as each comes, without persistence where that can be turned off.
 *
 * Tried with aedes 1.2.0, NATS 2.9.10 and RabbitMQ 3.10.8. FlashMQ, EMQX and NanoMQ were written from their documentation and have not been run.
 *
 * @param modules folder from which packages of npm are resolved
 */
function others(modules: string): readonly CommandBroker[] {
  return [aedes(modules), nats, rabbitmq, flashmq, emqx, nanomq];
}

/** Every broker that can be compared, in the order of the report: Mosquitto, which the others are compared with, and ternmq first. */
export function allBrokers(modules: string): readonly BrokerKind[] {
  return [mosquitto, ternmq, ...others(modules).map(brokerKind)];
}

export interface FoundBroker {
  readonly kind: BrokerKind;
  /** Undefined: it is not on this machine. */
  readonly version: string | undefined;
}

/** @param names those that are asked for; undefined: all */
export function findBrokers(names: readonly string[] | undefined, modules: string): FoundBroker[] {
  const asked = allBrokers(modules).filter(({ name }) => names?.includes(name) ?? true);
  return asked.map((kind) => ({ kind, version: kind.version() }));
}

const STARTS_MAX = 2;

/** One that did not start twice in a row is not tried again: each time may take a minute. */
export function givenUp(kind: BrokerKind): BrokerKind {
  let failures = 0;
  let reason: unknown;
  return {
    ...kind,
    async start(processes, transport) {
      if (failures >= STARTS_MAX) throw reason;
      try {
        const running = await kind.start(processes, transport);
        failures = 0;
        return running;
      } catch (error) {
        failures++;
        reason = error;
        throw error;
      }
    },
  };
}

/** Those that can be run. */
export function kindsOf(found: readonly FoundBroker[]): BrokerKind[] {
  return found.filter(({ version }) => version !== undefined).map(({ kind }) => givenUp(kind));
}
