import { Document, isMap, isScalar, isSeq, type Node, type Scalar } from "yaml";
import type { JsonSchema } from "./schema/config.ts";
import { isOctal, isSecret, schemaFor } from "./schema/options.ts";
import { originText } from "./source/origin.ts";
import { type Path, type WrittenMap, writtenAt } from "./source/written.ts";

const MASK = "********";

/** A configuration as YAML: every value with a comment that tells where it comes from, secrets masked. */
export function toYaml(data: object, written: WrittenMap, schema: JsonSchema): string {
  const document = new Document(data, { aliasDuplicateObjects: false });
  annotate(document.contents as Node | null, [], written, schema);
  return document.toString({ lineWidth: 0 });
}

function annotate(node: Node | null, path: Path, written: WrittenMap, schema: JsonSchema): void {
  if (isMap(node)) {
    for (const { key, value } of node.items)
      annotate(value as Node, [...path, String((key as Scalar).value)], written, schema);
  } else if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) annotate(item as Node, [...path, index], written, schema);
  } else if (isScalar(node)) {
    const at = schemaFor(schema, written, path);
    if (at !== undefined && isSecret(at)) node.value = MASK;
    if (at !== undefined && isOctal(at)) node.format = "OCT";
    const origin = writtenAt(written, path)?.origin;
    node.comment = ` ${origin === undefined ? "default" : originText(origin)}`;
  }
}
