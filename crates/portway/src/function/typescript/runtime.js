// Written by `portway function`; changes are lost with the next build.

const APPLICATION_ERROR = -32000;

/** An error that a service answered with. */
export class RpcError extends Error {
  constructor(message, code, data, method) {
    super(message);
    this.name = "RpcError";
    this.code = code;
    this.data = data;
    this.method = method;
  }
}

// Integers that a number cannot hold exactly are kept digit by digit: outside of texts, only they have sixteen digits and more. Texts
// are not matched as a whole: one of some megabytes is more than the engine's stack takes.
function parse(text) {
  let isInText = false;
  const exact = text.replace(/\\.|"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) => {
    if (token === '"') isInText = !isInText;
    return !isInText && token.length > 15 && /^-?\d+$/.test(token) ? `{"$bigint":"${token}"}` : token;
  });
  return JSON.parse(exact, (_, value) => (isTagged(value) ? BigInt(value.$bigint) : value));
}

function isTagged(value) {
  return value !== null && typeof value === "object" && typeof value.$bigint === "string" && Object.keys(value).length === 1;
}

function write(value) {
  return JSON.stringify(value, (_, part) => (typeof part === "bigint" ? { $bigint: part.toString() } : part));
}

// A large integer where a number belongs is a number, as exact as it can be.
function plain(value) {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plain(part)]));
}

function fits(form, value) {
  if (form.is !== undefined) return form.is.includes(value);
  const kind = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  const wanted = form.type === "integer" ? "number" : form.type;
  if (wanted !== undefined && wanted !== (kind === "bigint" ? "number" : kind)) return false;
  if (form.has !== undefined && (kind !== "object" || !form.has.every((name) => name in value))) return false;
  return Object.entries(form.with ?? {}).every(([name, constant]) => value?.[name] === constant);
}

function convert(conversion, value) {
  if (value === null || value === undefined) return value;
  if (conversion === 0) return plain(value);
  if (conversion === "n") return typeof value === "number" ? BigInt(value) : value;
  if (conversion === "d") return new Date(value);
  if (typeof conversion === "string") return convert(TYPES[conversion] ?? 0, value);
  const [kind, first, further] = conversion;
  switch (kind) {
    case "a":
      return value.map((item) => convert(first, item));
    case "t":
      return value.map((item, position) => convert(conversion[position + 1] ?? 0, item));
    case "u": {
      const [, chosen] = conversion.slice(1).find(([form]) => fits(form, value)) ?? [{}, 0];
      return convert(chosen, value);
    }
    default:
      return Object.fromEntries(
        Object.entries(value).map(([name, part]) => [name, convert(Object.hasOwn(first, name) ? first[name] : further, part)]),
      );
  }
}

function isOwnError(error, method) {
  return error instanceof RpcError && error.code === APPLICATION_ERROR && error.method === method;
}

// No service and no method of Rust has a name with a dollar sign.
class $Service {
  #url;
  #name;
  #options;

  constructor(url, name, options = {}) {
    this.#url = `${String(url).replace(/\/+$/, "")}/${name}`;
    this.#name = name;
    this.#options = options;
  }

  async $call(method, parameters, result, failure) {
    // Services in Genezio's mode want the service before the dot; the others take it.
    const name = `${this.#name}.${method}`;
    const { headers = {}, fetch = globalThis.fetch, timeout = 30_000 } = this.#options;
    const body = write({ jsonrpc: "2.0", method: name, params: parameters, id: 1 });
    const response = await fetch(this.#url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
      signal: AbortSignal.timeout(timeout),
    });
    const text = await response.text();
    let answer;
    try {
      answer = parse(text);
    } catch {
      throw new RpcError(`${name}: the answer is not JSON (status ${response.status})`, -32700, undefined, name);
    }
    if (answer?.error != null) {
      const { message, code, data } = answer.error;
      throw new RpcError(message ?? String(answer.error), code ?? -32603, convert(failure, data), name);
    }
    if (answer === null || typeof answer !== "object" || !("result" in answer)) {
      throw new RpcError(`${name}: the answer is no JSON-RPC (status ${response.status})`, -32603, undefined, name);
    }
    return convert(result, answer.result);
  }
}
