import { createInterface } from "node:readline";
import { read } from "read";
import { TernmqError } from "../errors.ts";

/**
 * The password from the command line, else from standard input, else asked for twice without an echo.
 * @throws {TernmqError} ERR_PASSWORD by the promise
 */
export async function askPassword(user: string, given: string | undefined, fromInput: boolean): Promise<string> {
  if (given !== undefined) {
    process.stderr.write("ternmq: warning: a password on the command line can be seen by others on this machine\n");
    return checked(given);
  }
  if (fromInput) return checked(await firstLine());
  if (!process.stdin.isTTY) throw wrong("standard input is no terminal to ask for the password on: give it by --stdin");
  const password = checked(await ask(`Password for ${user}: `));
  if (password !== (await ask("The same again: "))) throw wrong("the two passwords differ: nothing was changed");
  return password;
}

/** An end of input (Ctrl-D) leaves the process with nothing to do, and the question open. */
async function ask(prompt: string): Promise<string> {
  let onIdle = (): void => {};
  const ended = new Promise<never>((_resolve, reject) => {
    onIdle = () => reject(new Error("the input has ended"));
  });
  process.once("beforeExit", onIdle);
  try {
    return await Promise.race([read({ prompt, silent: true, output: process.stderr }), ended]);
  } catch (cause) {
    throw new TernmqError("ERR_PASSWORD", "no password was given: nothing was changed", { cause });
  } finally {
    process.off("beforeExit", onIdle);
    process.stderr.write("\n");
  }
}

async function firstLine(): Promise<string> {
  const lines = createInterface({ input: process.stdin });
  for await (const line of lines) return line;
  return "";
}

function checked(password: string): string {
  if (password === "") throw wrong("the password is empty");
  if (Buffer.byteLength(password) > 65_535) throw wrong("a password has 65,535 bytes at the most");
  return password;
}

function wrong(message: string): TernmqError {
  return new TernmqError("ERR_PASSWORD", message);
}
