import { DIRECTIVES } from "../../src/config/mosquitto/convert.ts";
import type { DirectiveKind } from "../../src/config/mosquitto/directive-kinds.ts";

/** The table of what becomes of each directive of Mosquitto. */
export function renderDirectives(): string {
  const names = Object.keys(DIRECTIVES).toSorted();
  const bridges = names.filter((name) => DIRECTIVES[name]?.kind === "bridge");
  const rows = names.flatMap((name) => {
    const kind = DIRECTIVES[name];
    return kind === undefined || kind.kind === "bridge" ? [] : [`| \`${name}\` | ${meaning(kind)} |`];
  });
  const ofBridges = `Of bridges, which ternmq does not have: ${bridges.map((name) => `\`${name}\``).join(", ")}.`;
  return `| directive | here |\n| --- | --- |\n${rows.join("\n")}\n\n${ofBridges}`;
}

function meaning(kind: Exclude<DirectiveKind, { kind: "bridge" }>): string {
  if (kind.kind === "plugin") return "warning: plugins of Mosquitto are not loaded";
  if (kind.kind !== "moot" && kind.kind !== "refused") return `\`${kind.to}\``;
  const except =
    kind.same === undefined || kind.same.length === 0 ? "" : ` (\`${kind.same.join("`, `")}\` is the same here)`;
  return `${kind.kind === "moot" ? "warning" : "**refused**"}: ${kind.why}${except}`;
}
