import { type Command, InvalidArgumentError } from "commander";
import { TernmqError } from "../errors.ts";
import { usernameProblem } from "../security/passwords/username.ts";

const EXIT_FAILURE = 1;

interface Flags {
  readonly delete: boolean;
  readonly batch: boolean;
  readonly stdin: boolean;
  readonly scram: boolean;
}

function usernameText(text: string): string {
  const problem = usernameProblem(text);
  if (problem === undefined) return text;
  throw new InvalidArgumentError(`${problem[0]?.toUpperCase()}${problem.slice(1)}.`);
}

/** @returns what is wrong with flags that do not go together */
function conflict(flags: Flags, password: string | undefined): string | undefined {
  const ways = [flags.delete, flags.batch, flags.stdin].filter(Boolean).length;
  if (ways > 1) return "give one of --delete, --batch and --stdin";
  if (flags.delete && flags.scram) return "--scram is for setting a password";
  if (flags.batch && password === undefined) return "--batch needs the password as the last argument";
  if (!flags.batch && password !== undefined) return "a password on the command line needs --batch";
  return undefined;
}

export function addPasswd(program: Command): void {
  const command = program.command("passwd").description("add, change or delete a user of a password file");
  command
    .argument("<file>", "the password file; it is made where there is none")
    .argument("<user>", "the user name", usernameText)
    .argument("[password]", "with --batch")
    .option("-D, --delete", "delete the user", false)
    .option("-b, --batch", "take the password from the command line, where others can see it", false)
    .option("--stdin", "take the password from the first line of standard input", false)
    .option("--scram", "for SCRAM-SHA-256 and SCRAM-SHA-512 (MQTT 5.0), beside the password itself", false)
    .action(async (file: string, user: string, password: string | undefined, flags: Flags) => {
      const problem = conflict(flags, password);
      if (problem !== undefined) command.error(`error: ${problem}`, { exitCode: 2 });
      const { deleteUser, setPassword } = await import("./passwd.ts");
      const { askPassword } = await import("./ask-password.ts");
      try {
        if (flags.delete) await deleteUser(file, user);
        else await setPassword(file, user, await askPassword(user, password, flags.stdin), flags.scram);
      } catch (error) {
        if (!(error instanceof TernmqError)) throw error;
        process.stderr.write(`ternmq: ${error.message}\n`);
        process.exitCode = EXIT_FAILURE;
      }
    });
}
