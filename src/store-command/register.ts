import { type Command, InvalidArgumentError } from "commander";
import { TernmqError } from "../errors.ts";

const EXIT_FAILURE = 1;
const DEFAULT_DIRECTORY = "./ternmq-data";
const MOST_QUEUES = 1_000_000;

interface DirectoryFlag {
  readonly dataDir: string;
}

/** Ends the process with 1 where it cannot be done. */
async function perform(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof TernmqError)) throw error;
    process.stderr.write(`ternmq: ${error.message}\n`);
    process.exitCode = EXIT_FAILURE;
  }
}

function pathText(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("Give a path.");
  return text;
}

function queueCount(text: string): number {
  if (/^\d{1,7}$/.test(text) && Number(text) <= MOST_QUEUES) return Number(text);
  throw new InvalidArgumentError(`Give a whole number from 0 to ${MOST_QUEUES}.`);
}

/** The subcommand with the option that all have. What it runs is loaded only then: `start` has the database in a thread of its own. */
function subcommand(store: Command, name: string, description: string): Command {
  const command = store.command(name).description(description);
  return command.option("--data-dir <path>", "directory of the store", pathText, DEFAULT_DIRECTORY);
}

export function addStore(program: Command): void {
  const store = program.command("store").description("look after what outlives the broker's process");
  subcommand(store, "inspect", "tell how much is in a store; a broker may be using it")
    .option("--json", "as one JSON object", false)
    .option("--queues <number>", "how many of the longest queues to tell", queueCount, 10)
    .action(async ({ dataDir, json, queues }: DirectoryFlag & { json: boolean; queues: number }) => {
      const { inspectStore } = await import("./inspect.ts");
      const { inspectionText } = await import("./inspection-text.ts");
      await perform(async () => {
        const inspection = await inspectStore(dataDir, queues);
        process.stdout.write(json ? `${JSON.stringify(inspection)}\n` : inspectionText(inspection));
      });
    });
  subcommand(store, "export", "write all that is in a store as JSON lines; a broker may be using it")
    .option("--output <file>", "file to write; - is standard output", pathText, "-")
    .action(async ({ dataDir, output }: DirectoryFlag & { output: string }) => {
      const { exportStore } = await import("./export.ts");
      await perform(() => exportStore(dataDir, output));
    });
  subcommand(store, "import", "make a store of a file that export wrote, in a directory without one")
    .argument("<file>", "file to read; - is standard input", pathText)
    .action(async (file: string, { dataDir }: DirectoryFlag) => {
      const { importStore } = await import("./import.ts");
      await perform(() => importStore(dataDir, file));
    });
  subcommand(store, "check", "read all that is in a store and tell what is wrong; a broker may be using it").action(
    async ({ dataDir }: DirectoryFlag) => {
      const { checkStore } = await import("./check.ts");
      await perform(async () => {
        if (!(await checkStore(dataDir))) process.exitCode = EXIT_FAILURE;
      });
    },
  );
}
