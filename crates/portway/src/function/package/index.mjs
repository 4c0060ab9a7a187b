// Made by Portway. Runs the executable beside this file: in Node's place where the platform allows it, as a child otherwise.
const PACKAGE = { /* filled in by the packager */ };

// Built-in modules are loaded where they are needed: importing them would make a copy of each of their exports first, which costs a
// cold start some milliseconds. Some hosts take no module that waits.
const builtin = process.getBuiltinModule ?? fail(`Node 20.16 or newer is needed, this is ${process.version}`);
const { constants, openSync, readSync, closeSync, fstatSync, accessSync, existsSync, readFileSync } = builtin("node:fs");
const { join } = builtin("node:path");

const HERE = import.meta.filename;
const beside = (name) => join(import.meta.dirname, name);
// In a project of several programs each has a folder. A tool that bundles this module puts the module above it.
function part(name) {
  const below = beside(join(PACKAGE.folder ?? "", name));
  return PACKAGE.folder !== null && existsSync(below) ? below : beside(name);
}
const MACHINES = { x64: 62, arm64: 183 }; // e_machine of ELF
const BUILD_AGAIN = "build the package again with `portway function build`";

function fail(message) {
  throw new Error(`portway: ${message}`);
}

// The executable's path, after everything that could make it fail to start was looked at: once Node stepped aside, nobody is left to
// say what was wrong.
function executable() {
  if (process.arch !== PACKAGE.architecture) {
    fail(`the package is for ${PACKAGE.architecture}, this machine is ${process.arch}; ${BUILD_AGAIN} and the right --arch`);
  }
  if (PACKAGE.executable === null) return unpacked();
  const path = part(PACKAGE.executable);
  let descriptor;
  try {
    descriptor = openSync(path, "r");
  } catch (error) {
    fail(`the package lacks its executable ${PACKAGE.executable} (${error.code}); ${BUILD_AGAIN}`);
  }
  try {
    const head = Buffer.alloc(20);
    readSync(descriptor, head, 0, 20, 0);
    const whole = fstatSync(descriptor).size === PACKAGE.size;
    if (!whole || head.readUInt32BE(0) !== 0x7f454c46 || head.readUInt16LE(18) !== MACHINES[PACKAGE.architecture]) {
      fail(`the executable ${PACKAGE.executable} is damaged; ${BUILD_AGAIN}`);
    }
  } finally {
    closeSync(descriptor);
  }
  try {
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    return copied(readFileSync(path), isPacked); // The platform lost the execute bit.
  }
}

// The executable out of the function at the end of this file: a function knows its own text, so that the file is not read again.
function unpacked() {
  const text = payload.toString();
  const end = text.lastIndexOf("*/");
  const start = text.indexOf("/*") + 2;
  const letters = 4 * Math.ceil(PACKAGE.size / 3); // As many as the bytes have in base64.
  if (end - start !== letters) fail(`the module lacks its executable, which is a comment at its end: no tool may take it out; ${BUILD_AGAIN}`);
  return copied(Buffer.from(text.slice(start, end), "base64"), isUndamaged);
}

function isPacked(bytes) {
  return builtin("node:crypto").createHash("sha256").update(bytes).digest("hex") === PACKAGE.sha256;
}

// What is in this file came with it: a checksum finds damage, in half the time of a hash.
function isUndamaged(bytes) {
  return builtin("node:zlib").crc32(bytes) === PACKAGE.crc32;
}

// Writes the executable to a private file, which the program removes itself once it runs.
function copied(bytes, isWhole) {
  const { mkdtempSync, writeFileSync, rmSync } = builtin("node:fs");
  const { tmpdir } = builtin("node:os");
  if (!isWhole(bytes)) fail(`the executable in the package is damaged; ${BUILD_AGAIN}`);
  let folder;
  try {
    folder = mkdtempSync(join(tmpdir(), "portway-"));
    const path = join(folder, "function");
    writeFileSync(path, bytes, { mode: 0o700, flag: "wx" });
    process.env.PORTWAY_FUNCTION_COPY = path;
    return path;
  } catch (error) {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    fail(`the executable cannot be copied to ${tmpdir()} (${error.code}): it has no execute bit in the package, or is a part of the ` +
      `module; keep the bit (a zip made by \`portway function build\` has it), or give the platform ${PACKAGE.size} bytes of disk`);
  }
}

// Puts the program in Node's place; comes back only where that is impossible.
function takeOver() {
  const path = executable();
  if (typeof process.execve === "function") process.execve(path, [path], process.env);
  if (PACKAGE.addon !== null) {
    try {
      process.env.PORTWAY_FUNCTION_EXECUTABLE = path;
      process.dlopen({ exports: {} }, part(PACKAGE.addon));
    } catch {
      // Not taken by this Node: the slower way follows.
    }
  }
  const { spawnSync } = builtin("node:child_process");
  const { status, signal, error } = spawnSync(path, { stdio: "inherit" });
  if (error !== undefined) fail(`the executable cannot be run (${error.code})`);
  process.exit(status ?? 128 + (signal === "SIGTERM" ? 15 : 9));
}

// What nobody guesses, without loading Node's cryptography.
function random() {
  const bytes = Buffer.alloc(16);
  const descriptor = openSync("/dev/urandom", "r");
  try {
    readSync(descriptor, bytes, 0, bytes.length, 0);
  } finally {
    closeSync(descriptor);
  }
  return bytes.toString("hex");
}

// The program as a child, started with the first request and again with the next one after it ended.
let program;
let child;
let unanswered = 0; // Requests that the program has.
const DRAIN = 5_000; // Milliseconds that they have after SIGTERM, as in the program itself.
const HANDING_ON = 100; // Milliseconds in which the host hands on the last answer.

// The child goes with its host. Node ends at once by SIGTERM unless somebody listens: a host that does not would take the requests
// that run with it.
function endWithHost() {
  process.once("exit", () => child?.kill());
  if (process.listenerCount("SIGTERM") > 0) return;
  const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  process.once("SIGTERM", async () => {
    const limit = Date.now() + DRAIN;
    const hadSome = unanswered > 0;
    while (unanswered > 0 && Date.now() < limit) await pause(5);
    if (hadSome) await pause(HANDING_ON);
    child?.kill();
    process.kill(process.pid, "SIGTERM"); // Nobody listens any more: Node ends as it would have ended before.
  });
}

async function start() {
  const path = executable();
  const { spawn } = builtin("node:child_process");
  // Of the greatest length there is: Node 20 pads shorter names.
  const name = `portway-${random()}`.padEnd(107, "-");
  const environment = { ...process.env, PORTWAY_FUNCTION_SOCKET: `@${name}` };
  if (child === undefined) endWithHost();
  child = spawn(path, [], { stdio: ["ignore", "inherit", "inherit"], env: environment });
  const state = { socket: `\0${name}`, idle: [], ended: undefined };
  const end = (reason) => {
    state.ended ??= reason;
    if (program === starting) program = undefined;
    for (const connection of state.idle.splice(0)) connection.destroy();
  };
  child.on("error", (error) => end(`the program cannot be started (${error.code})`));
  child.on("exit", (code, signal) => end(`the program ended (${signal ?? `exit code ${code}`})`));
  child.unref();
  state.idle.push(await opened(state, 10_000));
  return state;
}

let starting;
function running() {
  if (program === undefined) {
    starting = program = start();
    const mine = program;
    mine.catch(() => { if (program === mine) program = undefined; });
  }
  return program;
}

function attempt(state) {
  return new Promise((resolve, reject) => {
    const socket = builtin("node:net").connect(state.socket);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.on("error", () => {}); // Whoever uses it hears of the end by "close".
      socket.unref();
      resolve(socket);
    });
  });
}

// Connects; the program may need a moment until it listens.
async function opened(state, patience = 2_000) {
  const limit = Date.now() + patience;
  for (;;) {
    if (state.ended !== undefined) fail(state.ended);
    try {
      return await attempt(state);
    } catch (error) {
      if (state.ended !== undefined) fail(state.ended);
      if (Date.now() > limit) fail(`the program does not answer on its socket (${error.code})`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}

function frame(bytes) {
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

// Frames as they arrive: `next()` gives one, or fails when the connection ends first.
function frames(socket, reason) {
  let pieces = [], held = 0, wanted, failure;
  const take = (count) => {
    const all = pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
    pieces = all.length > count ? [all.subarray(count)] : [];
    held = all.length - count;
    return all.subarray(0, count);
  };
  const whole = () => {
    if (held < 4) return undefined;
    if (pieces[0].length < 4) pieces = [Buffer.concat(pieces)];
    const length = pieces[0].readUInt32BE(0);
    if (held < 4 + length) return undefined;
    return take(4 + length).subarray(4);
  };
  const serve = () => {
    if (wanted === undefined) return;
    const [resolve, reject] = wanted;
    const ready = whole();
    if (ready === undefined && failure === undefined) {
      socket.ref().resume(); // Only what somebody waits for keeps Node alive.
      return;
    }
    wanted = undefined;
    socket.unref();
    if (ready !== undefined) resolve(ready);
    else reject(failure);
  };
  const broken = () => {
    failure ??= new Error(`portway: ${reason() ?? "the program closed the connection"}`);
    serve();
  };
  const data = (piece) => {
    pieces.push(piece);
    held += piece.length;
    socket.pause();
    serve();
  };
  socket.on("data", data).on("close", broken);
  socket.pause();
  return {
    next: () => new Promise((...both) => { wanted = both; serve(); }),
    release: () => socket.off("data", data).off("close", broken),
  };
}

// Borrows a connection for one exchange; one that broke, or whose answer nobody read to its end, is not used again.
async function exchange(head, body, answer) {
  unanswered += 1;
  let state, socket, incoming;
  let over = (isWhole) => {
    over = () => {};
    unanswered -= 1;
    incoming?.release();
    if (isWhole && state.ended === undefined) state.idle.push(socket);
    else socket?.destroy();
  };
  try {
    state = await running();
    socket = state.idle.pop() ?? await opened(state);
    incoming = frames(socket, () => state.ended);
    socket.write(frame(Buffer.from(JSON.stringify(head))));
    const sending = body === undefined ? undefined : send(socket, body);
    sending?.catch(() => socket.destroy()); // The caller went away: the program is told by the cut.
    return await answer(incoming, (isWhole) => over(isWhole), sending);
  } catch (error) {
    over(false);
    await new Promise((resolve) => setTimeout(resolve, 5)); // The exit of the program says more than its closed connection.
    throw state?.ended === undefined ? error : new Error(`portway: ${state.ended}`);
  }
}

async function send(socket, body) {
  for await (const piece of body) {
    if (piece.length > 0 && !socket.write(frame(Buffer.from(piece)))) {
      await new Promise((resolve, reject) => {
        socket.once("drain", resolve).once("close", () => reject(new Error("closed")));
      });
    }
  }
  socket.write(frame(Buffer.alloc(0)));
}

// An event in the platform's form, and its answer in that form.
function onEvent(event) {
  return exchange({ event }, undefined, async (incoming, over) => {
    const answer = JSON.parse((await incoming.next()).toString());
    over(true);
    if (answer.error !== undefined) fail(answer.error);
    return answer.result;
  });
}

// The caller's address, if the platform tells it in a header that it writes itself: whatever stands before the last comma is hearsay.
function address(headers) {
  const values = headers.filter(([name]) => name.toLowerCase() === PACKAGE.addressHeader).map(([, value]) => value);
  return values.at(-1)?.split(",").at(-1);
}

// An HTTP request; gives the head of the answer, and its body piece by piece.
function onRequest(method, url, headers, body, peer) {
  return exchange({ method, url, headers, address: address(headers) ?? peer }, body, async (incoming, over, sending) => {
    const head = JSON.parse((await incoming.next()).toString());
    async function* pieces() {
      try {
        for (;;) {
          const piece = await incoming.next();
          if (piece.length === 0) break;
          yield piece;
        }
        await sending;
        over(true);
      } finally {
        over(false);
      }
    }
    return { ...head, pieces: pieces() };
  });
}

async function gathered(pieces) {
  const all = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

// (request, response) as Node's own server, Google and Vercel call it.
async function onNodeRequest(request, response) {
  const headers = [];
  for (let at = 0; at < request.rawHeaders.length; at += 2) headers.push(request.rawHeaders.slice(at, at + 2));
  const body = request.rawBody instanceof Uint8Array ? [request.rawBody] : request;
  try {
    const answer = await onRequest(request.method, request.originalUrl ?? request.url, headers, body, request.socket?.remoteAddress);
    const names = new Map();
    for (const [name, value] of answer.headers) names.set(name, [...(names.get(name) ?? []), value]);
    response.statusCode = answer.status;
    for (const [name, values] of names) response.setHeader(name, values.length === 1 ? values[0] : values);
    for await (const piece of answer.pieces) {
      if (!response.write(piece)) await new Promise((resolve) => response.once("drain", resolve).once("close", resolve));
    }
    response.end();
  } catch (error) {
    console.error(error);
    if (response.headersSent) response.destroy();
    else response.writeHead(502, { "content-type": "text/plain" }).end("the function failed\n");
  }
}

// Request in, Response out, as Netlify and the edges call it.
async function onFetch(request) {
  const { pathname, search } = new URL(request.url);
  const answer = await onRequest(request.method, pathname + search, [...request.headers], request.body ?? []);
  const empty = request.method === "HEAD" || [101, 204, 205, 304].includes(answer.status);
  const body = empty ? (await gathered(answer.pieces), null) : ReadableStream.from(answer.pieces);
  return new Response(body, { status: answer.status, headers: answer.headers });
}

// Genezio's own runtime and its HTTP methods: `http` beside `headers`, without AWS's `requestContext`.
async function onGenezio(event) {
  const cron = event.headers?.["genezio-event"] ?? event.headers?.["Genezio-Event"];
  if (cron === "cron") {
    const call = typeof event.body === "string" ? JSON.parse(event.body) : event.body;
    return onEvent({ genezioEventType: "cron", methodName: call?.method?.split(".").pop(), cronString: call?.params?.[0] });
  }
  const body = event.rawBody ?? event.body ?? "";
  const bytes = typeof body === "string" ? Buffer.from(body, event.isBase64Encoded ? "base64" : "utf8")
    : body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body));
  const query = new URLSearchParams(event.queryStringParameters ?? {}).toString();
  const path = event.http.path ?? new URL(event.url ?? "/", "http://localhost").pathname;
  const url = path.includes("?") || query === "" ? path : `${path}?${query}`;
  const headers = Object.entries(event.headers ?? {}).filter(([, value]) => typeof value === "string");
  const answer = await onRequest(event.http.method ?? "POST", url, headers, [bytes], event.http.sourceIp);
  const content = await gathered(answer.pieces);
  const text = new TextDecoder("utf-8", { fatal: true });
  try {
    return { statusCode: answer.status, headers: Object.fromEntries(answer.headers), body: text.decode(content) };
  } catch {
    return { statusCode: answer.status, headers: Object.fromEntries(answer.headers), body: content.toString("base64"), isBase64Encoded: true };
  }
}

// A method of a JSON-RPC service, for the classes of Genezio. Its error leaves without the stack, which would go to the caller.
export async function call(service, method, params) {
  const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", method: `${service}.${method}`, params, id: 1 }));
  const answer = await onRequest("POST", `/${service}`, [["content-type", "application/json"]], [body]);
  const { result, error } = JSON.parse((await gathered(answer.pieces)).toString());
  if (error) throw Object.assign(new Error(error.message), { code: error.code, info: error.data, stack: undefined });
  return result;
}

function answered(first, second) {
  // Naming the class Request would load all of Node's fetch.
  if (typeof first?.url === "string" && typeof first.headers?.get === "function") return onFetch(first);
  if (typeof second?.setHeader === "function") return onNodeRequest(first, second);
  if (first?.http !== undefined && first.requestContext === undefined) return onGenezio(first);
  return onEvent(first);
}

// Some hosts show callers the stack of what is thrown: where this module is on their disk is nobody's business.
export async function handler(first, second) {
  try {
    return await answered(first, second);
  } catch (error) {
    error.stack = `${error.name}: ${error.message}`;
    throw error;
  }
}

export default handler;

if (builtin("node:worker_threads").isMainThread) {
  if (process.argv[1] === HERE) {
    if (process.argv.at(-1) !== HERE) process.env.PORT = process.argv.at(-1);
    takeOver();
  } else if (PACKAGE.takeOver && process.env.AWS_LAMBDA_RUNTIME_API) {
    takeOver();
  }
}
