import type { CommandBroker, Place } from "../../load/brokers/command-broker.ts";
import type { Scenario } from "../../load/scenarios.ts";

/** It finds other nodes by a daemon, epmd, which it would start and leave behind: this one ends with it. */
const SCRIPT = `epmd & tries=250
until epmd -names >/dev/null 2>&1 || [ $((tries -= 1)) -le 0 ]; do sleep 0.02; done
exec "$0"`;

function config({ port, transport }: Place): string {
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
function settings({ transport, folder, configFile, otherPorts: [epmdPort, nodePort] }: Place): string[] {
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

function lacks(scenario: Scenario): string | undefined {
  if (scenario.kind === "retained") return "its retained messages do not match filters with wildcards";
  if (scenario.kind !== "load") return undefined;
  if (scenario.qos === 2) return "it grants QoS 1 where QoS 2 is asked for";
  return scenario.shared ? "its MQTT has no $share" : undefined;
}

export const rabbitmq: CommandBroker = {
  name: "rabbitmq",
  conditions: "one node with the MQTT plugin alone, no log, retained messages in memory, prefetch 65535",
  transports: ["tcp", "ws"],
  // The first is Debian's, whose command on the search path is for two users alone.
  commands: ["/usr/lib/rabbitmq/bin/rabbitmq-server", "rabbitmq-server"],
  // Its folder is named by the version; asking the program starts a second node.
  version: (command) => ["sh", "-c", `dirname "$(dirname "$(readlink -f "$(command -v ${command})")")"`],
  lacks,
  config,
  start: (command, place) => ["env", ...settings(place), "sh", "-c", SCRIPT, command],
};
