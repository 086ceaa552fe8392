import { Document, isScalar, Scalar, visit } from "yaml";

/** From where on kubectl breaks a line, at the next space. */
const LINE_WIDTH = 80;

/**
 * Prints an object as `kubectl get -o yaml` does: without managedFields, keys sorted, two spaces, lists not indented, and strings quoted
 * where YAML 1.1 would read them as something else. Characters outside the basic plane are printed as they are, not escaped.
 * The rules are those of kubectl's printer (sigs.k8s.io/yaml on go-yaml 2), checked against its output in testdata.
 */
export function toKubectlYaml(object: Record<string, unknown>): string {
  const { metadata, ...rest } = object;
  const shown = isRecord(metadata) ? { ...rest, metadata: without(metadata, "managedFields") } : object;
  const document = new Document(shown, {
    version: "1.1",
    sortMapEntries: (a, b) => compareKeys(keyOf(a.key), keyOf(b.key)),
    aliasDuplicateObjects: false,
  });
  visit(document, {
    Scalar(_, scalar) {
      if (typeof scalar.value === "string") scalar.type = toStyle(scalar.value, document);
    },
  });
  return foldLines(document.toString({ indentSeq: false, lineWidth: 0, minContentWidth: 0, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER }));
}

function toStyle(text: string, document: Document): Scalar.Type {
  if (text.includes("\n")) return /[^\S\n]\n|[\t\r]/.test(text) || isUnprintable(text) ? Scalar.QUOTE_DOUBLE : Scalar.BLOCK_LITERAL;
  if (isOtherType(text, document)) return Scalar.QUOTE_DOUBLE;
  if (/[\t\r]/.test(text) || isUnprintable(text)) return Scalar.QUOTE_DOUBLE;
  return isPlain(text) ? Scalar.PLAIN : Scalar.QUOTE_SINGLE;
}

/** Whether YAML 1.1 would read the text as null, a boolean, a number or a time. */
function isOtherType(text: string, document: Document): boolean {
  if (text === "" || /^[-+]?0o[0-7_]+$/.test(text)) return true;
  if (text === ".") return false;
  return document.schema.tags.some(
    (tag) => tag.tag !== "tag:yaml.org,2002:merge" && tag.default !== undefined && "test" in tag && tag.test?.test(text) === true,
  );
}

/** Flow indicators inside a text matter in flow collections only, and kubectl prints none. */
function isPlain(text: string): boolean {
  return !/^[-?:]?$|^[-?:]\s|^[&*!|>'"%@`,[\]{}#]|^\s|\s$|: |:$| #|^---|^\.\.\./.test(text);
}

function isUnprintable(text: string): boolean {
  return /[^\P{Cc}\t\n\r\u0085]|\ufeff/u.test(text);
}

/** go-yaml's order of keys: digits as numbers, other characters before letters. */
export function compareKeys(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  const at = left.findIndex((character, index) => character !== right[index]);
  if (at < 0) return left.length - right.length;
  const [x, y] = [left[at], right[at]];
  if (x === undefined || y === undefined) return left.length - right.length;
  if (isLetter(x) !== isLetter(y)) return isLetter(y) ? -1 : 1;
  if (!isLetter(x)) {
    const [runX, runY] = [digitRun(left, at), digitRun(right, at)];
    // A zero behind other digits of the same number must count as a place of it.
    const prefix = (x === "0" || y === "0") && /[1-9]\d*$/.test(left.slice(0, at).join("")) ? "1" : "0";
    const difference = Number(prefix + runX) - Number(prefix + runY) || runX.length - runY.length;
    if (difference !== 0) return difference;
  }
  return (x.codePointAt(0) ?? 0) - (y.codePointAt(0) ?? 0);
}

function digitRun(characters: string[], from: number): string {
  return /^\d*/.exec(characters.slice(from).join(""))?.[0] ?? "";
}

function isLetter(character: string): boolean {
  return /^\p{L}/u.test(character);
}

/** Breaks lines over 80 columns at their next single space; lines of block literals stay. */
function foldLines(yaml: string): string {
  let literalBelow = -1;
  const lines = yaml.split("\n").map((line) => {
    const indent = line.length - line.trimStart().length;
    if (literalBelow >= 0 && (line === "" || indent > literalBelow)) return line;
    literalBelow = /: \|\d?[-+]?$/.test(line) ? indent : -1;
    return line.length > LINE_WIDTH ? foldLine(line, indent + 2) : line;
  });
  return lines.join("\n");
}

function foldLine(line: string, indent: number): string {
  let column = 0;
  let folded = "";
  for (let index = 0; index < line.length; index++) {
    const single = line[index] === " " && line[index - 1] !== " " && line[index + 1] !== " ";
    // Neither behind an opening nor before a closing quote.
    const inside = index + 1 < line.length - 1 && column > LINE_WIDTH;
    if (single && inside) {
      folded += `\n${" ".repeat(indent)}`;
      column = indent;
    } else {
      folded += line[index];
      column++;
    }
  }
  return folded;
}

function keyOf(key: unknown): string {
  return String(isScalar(key) ? key.value : key);
}

function without(record: Record<string, unknown>, key: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
