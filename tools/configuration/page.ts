import { renderFlags } from "./flag-table.ts";
import { renderDirectives } from "./mosquitto-table.ts";
import { renderOptions, renderVariables } from "./option-tables.ts";

const TABLES = new Map([
  ["options", renderOptions],
  ["variables", renderVariables],
  ["flags", renderFlags],
  ["mosquitto", renderDirectives],
]);

/** The page with its tables made anew: each stands between `<!-- name -->` and `<!-- /name -->`. */
export function renderPage(page: string): string {
  return page.replace(/<!-- (\w+) -->\n.*?<!-- \/\1 -->/gs, (found, name: string) => {
    const render = TABLES.get(name);
    return render === undefined ? found : `<!-- ${name} -->\n\n${render()}\n\n<!-- /${name} -->`;
  });
}
