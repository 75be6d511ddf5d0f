import { storedAuthor } from "../persistence/author-encoding.ts";
import { type Counters, DELIVERY_UNDER_WAY, type ExchangeRow } from "../persistence/rows.ts";
import { LINES_VERSION, type Line, type Placed, type State } from "./lines.ts";
import { messageToJson, willToJson } from "./message-json.ts";

export function headerToJson(format: number, counters: Counters): Record<string, unknown> {
  return { "ternmq-store": LINES_VERSION, format, counters };
}

function placedToJson({ messageNumber, message }: Placed): Record<string, unknown> {
  return {
    ...(messageNumber !== 0 && { messageNumber }),
    ...(message !== undefined && { message: messageToJson(message) }),
  };
}

function stateOf(state: ExchangeRow["state"]): State {
  return state === DELIVERY_UNDER_WAY ? "delivery under way" : "PUBREL under way";
}

/** The object that stands in the line. Throws RangeError for a row that no client can have brought about. */
export function lineToJson(line: Line): Record<string, unknown> {
  const { table } = line;
  switch (table) {
    case "end":
      return { table };
    case "sessions": {
      const { will, author, ...row } = line.row;
      return { table, ...row, will: will && willToJson(will), author: author && storedAuthor(author) };
    }
    case "messages":
      return { table, number: line.row.number, ...messageToJson(line.row.message) };
    case "deliveries": {
      const { messageNumber, message, isRetained, ...row } = line.row;
      return { table, ...row, retain: isRetained, ...placedToJson({ messageNumber, message }) };
    }
    case "exchanges":
      return { table, ...line.row, state: stateOf(line.row.state) };
    case "retained":
      return { table, ...placedToJson(line.row) };
    default:
      return { table, ...line.row };
  }
}
