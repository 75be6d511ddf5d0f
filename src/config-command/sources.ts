import { type Command, Option } from "commander";
import type { Sources } from "../config/load.ts";

/** Options of every command that reads a configuration. */
interface SourceOptions {
  readonly config?: string;
  readonly mosquittoConfig?: string;
  readonly set?: readonly string[];
}

export function addSources(command: Command): Command {
  return command
    .addOption(new Option("--config <file>", "YAML file with the configuration").env("TERNMQ_CONFIG"))
    .option("--mosquitto-config <file>", "mosquitto.conf in the place of a YAML file")
    .option(
      "--set <name=value>",
      "any option of the configuration, as in limits.maximumConnections=100; can be repeated",
      (text: string, before: readonly string[] = []) => [...before, text],
    );
}

/** Of the two kinds of file the command line can name one; that counts more than TERNMQ_CONFIG. */
export function sourcesOf(command: Command): Sources {
  const { config, mosquittoConfig, set = [] } = command.opts<SourceOptions>();
  if (mosquittoConfig !== undefined && command.getOptionValueSource("config") === "cli")
    command.error("error: --config and --mosquitto-config are two files: give one of them");
  const file = mosquittoConfig === undefined ? config : undefined;
  return {
    environment: process.env,
    assignments: set,
    ...(file === undefined ? {} : { file }),
    ...(mosquittoConfig === undefined ? {} : { mosquittoFile: mosquittoConfig }),
  };
}
