import { fileURLToPath } from "node:url";
import type { BrokerKind } from "../load/brokers/broker-kind.ts";
import { brokerKind, type CommandBroker, type Place } from "../load/brokers/command-broker.ts";
import { mosquitto } from "../load/brokers/mosquitto.ts";
import { ternmq } from "../load/brokers/ternmq.ts";

const AEDES = fileURLToPath(new URL("./aedes.js", import.meta.url));

/**
 * What may be installed beside Mosquitto. Another broker is another row here. Where a setting bounds what waits for a client, it is raised so
 * that nothing of the load is dropped; all else is as each comes, without persistence where that can be turned off.
 *
 * aedes was tried with 1.2.0. NATS, FlashMQ, EMQX and NanoMQ were written from their documentation and have not been run.
 *
 * @param modules folder from which packages of npm are resolved
 */
function others(modules: string): readonly CommandBroker[] {
  return [
    {
      name: "aedes",
      conditions: "one process of Node.js, in memory, defaults",
      transports: ["tcp"],
      commands: [process.execPath],
      version: (command) => [command, AEDES, modules],
      config: () => "",
      start: (command, { port }) => [command, AEDES, modules, `${port}`],
    },
    {
      name: "nats",
      conditions: "JetStream in a folder, which its MQTT needs; max_ack_pending 65535",
      transports: ["tcp"],
      commands: ["nats-server"],
      version: (command) => [command, "--version"],
      config: ({ port, folder }) => `listen: "127.0.0.1:-1"
server_name: bench
jetstream { store_dir: "${folder}" }
mqtt { host: "127.0.0.1", port: ${port}, max_ack_pending: 65535 }
`,
      start: (command, { configFile }) => [command, "--config", configFile],
    },
    {
      name: "flashmq",
      conditions: "persistence off, no log, one thread, limits of QoS 1 and 2 raised",
      transports: ["tcp", "ws"],
      commands: ["flashmq"],
      version: (command) => [command, "--version"],
      config: ({ port, transport, folder }) => `allow_anonymous true
thread_count 1
log_level none
log_file ${folder}/log
max_qos_msg_pending_per_client 65535
max_qos_bytes_pending_per_client 268435456
listen {
  protocol ${transport === "ws" ? "websockets" : "mqtt"}
  inet_protocol ip4
  inet4_bind_address 127.0.0.1
  port ${port}
}
`,
      start: (command, { configFile }) => [command, "--config-file", configFile],
    },
    {
      name: "emqx",
      conditions: "one node, dashboard and other listeners off, errors logged, no limit on its queues",
      transports: ["tcp", "ws"],
      commands: ["emqx"],
      // Its own command tells the version of a node that runs; the file beside it that of the package.
      version: (command) => [
        "sh",
        "-c",
        `. "$(dirname "$(readlink -f "$(command -v ${command})")")/../releases/emqx_vars" && echo "$REL_VSN"`,
      ],
      config: () => "",
      start: (command, place) => ["env", ...emqxSettings(place), command, "foreground"],
    },
    {
      name: "nanomq",
      conditions: "in memory, no log, two threads for its queue",
      transports: ["tcp"],
      commands: ["nanomq"],
      version: (command) => [command, "--version"],
      config: () => "",
      start: (command, { port }) => [
        ...([command, "start", "--url", `nmq-tcp://127.0.0.1:${port}`] as const),
        ...["--tq_thread", "2", "--max_tq_thread", "2", "--msq_len", "65535", "--log_level", "fatal"],
      ],
    },
  ];
}

/** EMQX takes each setting from the environment as well: EMQX_ and the path of the setting, its dots doubled underscores. */
function emqxSettings({ port, transport, folder }: Place): string[] {
  const [used, unused] = transport === "ws" ? ["WS", "TCP"] : ["TCP", "WS"];
  return [
    `EMQX_NODE__DATA_DIR=${folder}`,
    `EMQX_LISTENERS__${used}__DEFAULT__BIND=127.0.0.1:${port}`,
    ...[unused, "SSL", "WSS"].map((listener) => `EMQX_LISTENERS__${listener}__DEFAULT__ENABLE=false`),
    "EMQX_DASHBOARD__LISTENERS__HTTP__BIND=0",
    "EMQX_LOG__CONSOLE__LEVEL=error",
    "EMQX_MQTT__MAX_INFLIGHT=65535",
    "EMQX_MQTT__MAX_MQUEUE_LEN=infinity",
  ];
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

/** Those that can be run. */
export function kindsOf(found: readonly FoundBroker[]): BrokerKind[] {
  return found.filter(({ version }) => version !== undefined).map(({ kind }) => kind);
}
