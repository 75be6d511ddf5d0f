import { type Command, Option } from "commander";
import { loadConfig, type Sources } from "../config/load.ts";
import { CONFIG_VARIABLE } from "../config/source/overrides.ts";
import { start } from "../start.ts";
import { addFlags, flagOverrides } from "./flags.ts";

interface GivenOptions {
  readonly config?: string;
  readonly mosquittoConfig?: string;
  readonly set?: readonly string[];
  readonly ws: boolean;
}

/** Gives `ternmq start` its options, and what it does. */
export function prepareStart(command: Command): void {
  command
    .addOption(
      new Option("--config <file>", "YAML file with the configuration (see docs/configuration.md)").env(
        CONFIG_VARIABLE,
      ),
    )
    .addOption(
      new Option("--mosquitto-config <file>", "mosquitto.conf in the place of a YAML file").conflicts("config"),
    )
    .option(
      "--set <name=value>",
      "any option of the configuration, as in limits.maximumConnections=100; can be repeated",
      collect,
    );
  addFlags(command);
  command.option("--no-ws", "no MQTT over WebSocket");
  command.action(async (given: GivenOptions) => {
    const sources = sourcesOf(given, command);
    await start(() => loadConfig(sources));
  });
}

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

function sourcesOf({ config, mosquittoConfig, set = [], ws }: GivenOptions, command: Command): Sources {
  const flags = flagOverrides(command);
  return {
    environment: process.env,
    assignments: set,
    flags,
    withoutWebSocket: !ws,
    ...(config === undefined ? {} : { file: config }),
    ...(mosquittoConfig === undefined ? {} : { mosquittoFile: mosquittoConfig }),
  };
}
