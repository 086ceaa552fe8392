import type { KubeObject } from "../objects";
import { isJsonObject } from "./json";
import type { ResourceDefinition } from "./resources";
import { badRequest } from "./status";

export type ObjectPredicate = (object: KubeObject) => boolean;

type Token = { kind: "identifier" | "operator" | "end"; text: string };

const SYMBOLS = ["==", "!=", "=", "!", "(", ")", ",", "<", ">"];

/** Splits as k8s.io/apimachinery/pkg/labels does: symbols end an identifier, white space separates. */
function toTokens(text: string): Token[] {
  const tokens: Token[] = [];
  let rest = text.trimStart();
  while (rest !== "") {
    const symbol = SYMBOLS.find((candidate) => rest.startsWith(candidate));
    const token = symbol ?? /^[^\s=!(),<>]+/.exec(rest)?.[0] ?? rest;
    tokens.push({ kind: symbol ? "operator" : "identifier", text: token });
    rest = rest.slice(token.length).trimStart();
  }
  tokens.push({ kind: "end", text: "" });
  return tokens;
}

const unexpected = (token: Token, expected: string) => badRequest(`unable to parse requirement: found '${token.text}', expected: ${expected}`);

type LabelPredicate = (labels: Readonly<Record<string, string>>) => boolean;

/**
 * Reads a labelSelector parameter: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`, joined by commas.
 * @throws StatusError 400, worded as the API server does
 */
export function parseLabelSelector(text: string): ObjectPredicate {
  const tokens = toTokens(text);
  const requirements: LabelPredicate[] = [];
  let position = 0;
  const peek = (): Token => tokens[position] ?? { kind: "end", text: "" };
  const take = (): Token => {
    const token = peek();
    position++;
    return token;
  };
  const takeIdentifier = (): string => {
    const token = take();
    if (token.kind !== "identifier") throw unexpected(token, "identifier");
    return token.text;
  };
  const takeValues = (): string[] => {
    const opening = take();
    if (opening.text !== "(") throw unexpected(opening, "'('");
    const values: string[] = [];
    for (;;) {
      values.push(peek().kind === "identifier" ? takeIdentifier() : "");
      const next = take();
      if (next.text === ")") return values;
      if (next.text !== ",") throw unexpected(next, "',' or ')'");
    }
  };
  const takeRequirement = (): LabelPredicate => {
    if (peek().text === "!") {
      take();
      const absent = takeIdentifier();
      return (labels) => labels[absent] === undefined;
    }
    const key = takeIdentifier();
    const operator = peek();
    if (operator.kind === "end" || operator.text === ",") return (labels) => labels[key] !== undefined;
    take();
    if (operator.text === "in" || operator.text === "notin") {
      const values = new Set(takeValues());
      const wanted = operator.text === "in";
      return (labels) => (labels[key] === undefined ? !wanted : values.has(labels[key]) === wanted);
    }
    if (!["=", "==", "!="].includes(operator.text)) throw unexpected(operator, "in, notin, =, ==, !=, gt, lt");
    // `a=` is legal and asks for the empty value.
    const value = peek().kind === "end" || peek().text === "," ? "" : takeIdentifier();
    return operator.text === "!=" ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
  };

  while (peek().kind !== "end") {
    requirements.push(takeRequirement());
    const separator = take();
    if (separator.kind === "end") break;
    if (separator.text !== ",") throw unexpected(separator, "',' or 'end of string'");
    if (peek().kind === "end") throw unexpected(peek(), "identifier after ','");
  }
  return (object) => requirements.every((matches) => matches(object.metadata.labels ?? {}));
}

/** The fields a kind can be selected by, beyond the two every kind has. */
const SELECTABLE: Record<string, readonly string[]> = {
  pods: ["spec.nodeName", "spec.restartPolicy", "spec.serviceAccountName", "status.phase", "status.podIP"],
  namespaces: ["status.phase"],
  secrets: ["type"],
  services: ["spec.clusterIP", "spec.type"],
  events: ["involvedObject.kind", "involvedObject.name", "involvedObject.namespace", "involvedObject.uid", "reason", "type"],
};

/** Reads a fieldSelector parameter. @throws StatusError 400 for a field the kind cannot be selected by */
export function parseFieldSelector(definition: ResourceDefinition, text: string): ObjectPredicate {
  const selectable = ["metadata.name", "metadata.namespace", ...(definition.group === "" ? (SELECTABLE[definition.plural] ?? []) : [])];
  const requirements = text
    .split(",")
    .filter((part) => part.trim() !== "")
    .map((part): ObjectPredicate => {
      const match = /^([^=!]+?)(==|=|!=)(.*)$/.exec(part.trim());
      if (!match) throw badRequest(`invalid selector: '${text}'; can't understand '${part.trim()}'`);
      const [, field = "", operator, value] = match;
      if (!selectable.includes(field)) throw badRequest(`field label not supported: ${field}`);
      return (object) => (readField(object, field) === value) === (operator !== "!=");
    });
  return (object) => requirements.every((matches) => matches(object));
}

function readField(object: KubeObject, field: string): string {
  let value: unknown = object;
  for (const key of field.split(".")) value = isJsonObject(value) ? value[key] : undefined;
  return typeof value === "string" ? value : "";
}
