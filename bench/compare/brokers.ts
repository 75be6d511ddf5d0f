import { fileURLToPath } from "node:url";
import type { BrokerKind } from "../load/brokers/broker-kind.ts";
import { brokerKind, type CommandBroker, type Place } from "../load/brokers/command-broker.ts";
import { mosquitto } from "../load/brokers/mosquitto.ts";
import { ternmq } from "../load/brokers/ternmq.ts";
import type { Scenario } from "../load/scenarios.ts";

const AEDES = fileURLToPath(new URL("./aedes.js", import.meta.url));

/**
 * What may be installed beside Mosquitto. Another broker is another row here. Where a setting bounds what waits for a client, it is raised so
 * that nothing of the load is dropped; all else is as each comes, without persistence where that can be turned off.
 *
 * Tried with aedes 1.2.0, NATS 2.9.10 and RabbitMQ 3.10.8. FlashMQ, EMQX and NanoMQ were written from their documentation and have not been run.
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
      transports: ["tcp", "ws"],
      commands: ["nats-server"],
      version: (command) => [command, "--version"],
      lacks: natsLacks,
      config: natsConfig,
      start: (command, { configFile }) => [command, "--config", configFile],
    },
    {
      name: "rabbitmq",
      conditions: "one node with the MQTT plugin alone, no log, retained messages in memory, prefetch 65535",
      transports: ["tcp", "ws"],
      // The first is Debian's, whose command on the search path is for two users alone.
      commands: ["/usr/lib/rabbitmq/bin/rabbitmq-server", "rabbitmq-server"],
      // Its folder is named by the version; asking the program starts a second node.
      version: (command) => ["sh", "-c", `dirname "$(dirname "$(readlink -f "$(command -v ${command})")")"`],
      lacks: rabbitLacks,
      config: rabbitConfig,
      start: (command, place) => ["env", ...rabbitSettings(place), "sh", "-c", RABBIT_SCRIPT, command],
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

function natsConfig({ port, otherPorts: [other], transport, folder }: Place): string {
  const isWebSocket = transport === "ws";
  return `listen: "127.0.0.1:-1"
server_name: bench
jetstream { store_dir: "${folder}" }
mqtt { host: "127.0.0.1", port: ${isWebSocket ? other : port}, max_ack_pending: 65535 }
${isWebSocket ? `websocket { host: "127.0.0.1", port: ${port}, no_tls: true }\n` : ""}`;
}

function natsLacks(scenario: Scenario, version: string): string | undefined {
  if (scenario.kind !== "load") return undefined;
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (scenario.qos === 2 && (major < 2 || (major === 2 && minor < 10))) return "it has QoS 2 from 2.10 on";
  return scenario.shared ? "its MQTT has no $share" : undefined;
}

/** It finds other nodes by a daemon that it would leave behind: this one ends with it. */
const RABBIT_SCRIPT = 'epmd & until epmd -names >/dev/null 2>&1; do sleep 0.02; done; exec "$0"';

function rabbitConfig({ port, transport }: Place): string {
  const listener =
    transport === "ws"
      ? `mqtt.listeners.tcp = none\nweb_mqtt.tcp.ip = 127.0.0.1\nweb_mqtt.tcp.port = ${port}\nweb_mqtt.ws_path = /mqtt`
      : `mqtt.listeners.tcp.default = 127.0.0.1:${port}`;
  return `listeners.tcp = none
${listener}
mqtt.prefetch = 65535
mqtt.retained_message_store = rabbit_mqtt_retained_msg_store_ets
log.console = false
log.file = false
`;
}

/** Nothing of a RabbitMQ that is installed as a service is used or touched. */
function rabbitSettings({ transport, folder, configFile, otherPorts: [epmdPort, nodePort] }: Place): string[] {
  return [
    `HOME=${folder}`,
    `ERL_EPMD_PORT=${epmdPort}`,
    "ERL_EPMD_ADDRESS=127.0.0.1",
    "RABBITMQ_NODENAME=bench@localhost",
    `RABBITMQ_DIST_PORT=${nodePort}`,
    "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1}",
    `RABBITMQ_CONF_ENV_FILE=${folder}/none`,
    `RABBITMQ_CONFIG_FILE=${configFile}`,
    `RABBITMQ_ADVANCED_CONFIG_FILE=${folder}/none.config`,
    `RABBITMQ_ENABLED_PLUGINS=${transport === "ws" ? "rabbitmq_web_mqtt" : "rabbitmq_mqtt"}`,
    `RABBITMQ_MNESIA_BASE=${folder}/mnesia`,
    `RABBITMQ_LOG_BASE=${folder}/log`,
  ];
}

function rabbitLacks(scenario: Scenario): string | undefined {
  if (scenario.kind === "retained") return "its retained messages do not match filters with wildcards";
  if (scenario.kind !== "load") return undefined;
  if (scenario.qos === 2) return "it grants QoS 1 where QoS 2 is asked for";
  return scenario.shared ? "its MQTT has no $share" : undefined;
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
