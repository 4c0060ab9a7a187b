// Calls the handler of a packaged module, as platforms do. `node host.mjs MODULE` polls a Runtime API as Lambda's own client does;
// `node host.mjs MODULE node|fetch PORT` serves HTTP on 127.0.0.1 and calls it with (request, response), or with a Request.
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";
import process from "node:process";

const [module, form, port] = process.argv.slice(2);
const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
const tell = (path, body) => fetch(`${api}/${path}`, { method: "POST", body: JSON.stringify(body) ?? "null" });
const told = (error) => ({ errorMessage: error.message, errorType: error.name, stackTrace: [] });

async function loaded() {
  try {
    // A module that takes Node's place does so now.
    return (await import(pathToFileURL(module))).handler;
  } catch (error) {
    if (form === undefined) await tell("init/error", told(error));
    else console.error(error.message);
    process.exit(1);
  }
}

async function poll(handler) {
  for (;;) {
    const next = await fetch(`${api}/invocation/next`);
    const path = `invocation/${next.headers.get("lambda-runtime-aws-request-id")}`;
    try {
      await tell(`${path}/response`, await handler(await next.json(), {}));
    } catch (error) {
      await tell(`${path}/error`, told(error));
    }
  }
}

async function answered(handler, incoming, outgoing) {
  if (form === "node") return handler(incoming, outgoing);
  const body = ["GET", "HEAD"].includes(incoming.method) ? undefined : incoming;
  const url = `http://${incoming.headers.host ?? "localhost"}${incoming.url}`;
  const request = new Request(url, { method: incoming.method, headers: incoming.headers, body, duplex: "half" });
  const response = await handler(request, {});
  outgoing.writeHead(response.status, [...response.headers].flat());
  for await (const piece of response.body ?? []) outgoing.write(piece);
  outgoing.end();
}

const handler = await loaded();
if (form === undefined) {
  await poll(handler);
} else {
  createServer((incoming, outgoing) => {
    answered(handler, incoming, outgoing).catch((error) => {
      console.error(error.message);
      if (outgoing.headersSent) outgoing.destroy();
      else outgoing.writeHead(502).end("the function failed\n");
    });
  }).listen(Number(port), "127.0.0.1");
}
