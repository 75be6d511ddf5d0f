import { silentLog } from "../../observability/log.ts";
import type { AccessOptions } from "../../security/acl/options.ts";
import { type AuthenticatorOptions, PASSWORD_WORK } from "../../security/options.ts";
import { PasswordChecks } from "../../security/passwords/password-checks.ts";
import { SecurityFiles } from "../../security/security-files.ts";
import { checkSocketFile } from "../../transport/socket-file.ts";
import { loadTls } from "../../transport/tls/tls-setup.ts";
import { loadUws } from "../../transport/websocket/uws-listener.ts";
import type { ListenerOptions } from "../listener-options.ts";
import type { Config } from "../schema/config.ts";
import type { Path } from "../source/written.ts";
import { checkPidFile, checkStoreDirectory } from "./places.ts";

/** Something of a configuration that is opened when a broker starts. */
export interface Use {
  /** Of what says it. */
  readonly path: Path;
  readonly options: unknown;
  /** @returns what its user should know @throws {TernmqError} */
  open(): Promise<readonly string[]>;
}

/** All of them. @param runsCode see `checkFiles` */
export function usesOf(config: Config, runsCode: boolean): Use[] {
  const { authentication, accessRules, listeners, persistence, pidFile } = config;
  const files = new SecurityFiles(
    new PasswordChecks(PASSWORD_WORK, 0),
    { maximumWaiting: 0, maximumWait: 0 },
    silentLog(),
  );
  const security = { files, runsCode };
  return [
    ...usesOfSecurity(security, [], authentication.authenticators, accessRules),
    ...listeners.flatMap((listener, index) => {
      const path = ["listeners", index];
      const { authentication: own, accessRules: ownRules } = listener;
      return [
        ...usesOfTransport(listener, path, runsCode),
        ...usesOfSecurity(security, path, own?.authenticators, ownRules),
      ];
    }),
    ...(persistence.enabled
      ? [use(["persistence", "directory"], () => checkStoreDirectory(persistence.directory))]
      : []),
    ...(pidFile === undefined ? [] : [use(["pidFile"], () => checkPidFile(pidFile))]),
  ];
}

function use(path: Path, open: () => unknown, options?: unknown): Use {
  return {
    path,
    options,
    async open() {
      await open();
      return [];
    },
  };
}

function usesOfSecurity(
  { files, runsCode }: { readonly files: SecurityFiles; readonly runsCode: boolean },
  path: Path,
  authenticators: readonly AuthenticatorOptions[] = [],
  accessRules: AccessOptions | undefined,
): Use[] {
  const uses = authenticators.map((options, index) => {
    const isOpened = runsCode || !("type" in options) || options.type !== "module";
    return use([...path, "authentication", "authenticators", index], () => isOpened && files.open(options), options);
  });
  if (accessRules === undefined) return uses;
  return [...uses, use([...path, "accessRules"], () => files.rules(accessRules), accessRules)];
}

function usesOfTransport(listener: ListenerOptions, path: Path, runsCode: boolean): Use[] {
  const { protocol } = listener;
  if (protocol === "unix") return [use([...path, "path"], () => checkSocketFile(listener.path))];
  if (protocol === "mqtts" || protocol === "wss") {
    const { tls } = listener;
    return [{ path: [...path, "tls"], options: tls, open: async () => loadTls(tls).warnings }];
  }
  return protocol === "ws" && runsCode ? [use(path, loadUws)] : [];
}
