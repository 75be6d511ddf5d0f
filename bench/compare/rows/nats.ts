import type { CommandBroker, Place } from "../../load/brokers/command-broker.ts";
import type { Scenario } from "../../load/scenarios.ts";

function config({ port, otherPorts: [other], transport, folder }: Place): string {
  const isWebSocket = transport === "ws";
  return `listen: "127.0.0.1:-1"
server_name: bench
jetstream { store_dir: "${folder}" }
mqtt { host: "127.0.0.1", port: ${isWebSocket ? other : port}, max_ack_pending: 65535 }
${isWebSocket ? `websocket { host: "127.0.0.1", port: ${port}, no_tls: true }\n` : ""}`;
}

function lacks(scenario: Scenario, version: string): string | undefined {
  if (scenario.kind !== "load") return undefined;
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (scenario.qos === 2 && (major < 2 || (major === 2 && minor < 10))) return "it has QoS 2 from 2.10 on";
  return scenario.shared ? "its MQTT has no $share" : undefined;
}

export const nats: CommandBroker = {
  name: "nats",
  conditions: "JetStream in a folder, which its MQTT needs; max_ack_pending 65535",
  transports: ["tcp", "ws"],
  commands: ["nats-server"],
  version: (command) => [command, "--version"],
  lacks,
  config,
  start: (command, { configFile }) => [command, "--config", configFile],
};
