// The npm package as a user of Node meets it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import Ignite from "apache-ignite-client";
import { Grid, GridError } from "portway-grid";

async function withCache(grid, use) {
  const client = new Ignite();
  await client.connect(new Ignite.IgniteClientConfiguration(grid.address));
  try {
    return await use(await client.getOrCreateCache("greetings"));
  } finally {
    client.disconnect();
  }
}

function folder(context) {
  const made = mkdtempSync(join(tmpdir(), "portway-npm-"));
  context.after(() => rmSync(made, { recursive: true }));
  return made;
}

test("Ignite's client uses a grid", async (context) => {
  const grid = await Grid.start();
  context.after(() => grid.stop());
  await withCache(grid, (cache) => cache.put("one", "hello"));
  assert.equal(await withCache(grid, (cache) => cache.get("one")), "hello");
});

test("a folder keeps what was written", async (context) => {
  const data = join(folder(context), "data");
  const first = await Grid.start({ data });
  await withCache(first, (cache) => cache.put("one", "kept"));
  await first.stop();
  await first.stop();
  const second = await Grid.start({ data });
  context.after(() => second.stop());
  assert.equal(await withCache(second, (cache) => cache.get("one")), "kept");
});

test("an error says what the grid said", async (context) => {
  const file = join(folder(context), "file");
  writeFileSync(file, "no folder");
  await assert.rejects(Grid.start({ data: file }), (error) => {
    assert.ok(error instanceof GridError);
    assert.match(error.message, /ended at once[^]*file/);
    return true;
  });
});

test("a missing binary is named", async () => {
  await assert.rejects(Grid.start({ binary: "/nowhere/portway" }), /cannot be started: .*nowhere/);
});

test("a program that forgets its grid ends nevertheless", () => {
  const program = 'import { Grid } from "portway-grid"; const grid = await Grid.start(); console.log(grid.port)';
  const said = execFileSync(process.execPath, ["--input-type=module", "-e", program], { timeout: 30_000 });
  assert.match(said.toString(), /^\d+\n$/);
});

test("the command is there", () => {
  const command = new URL("node_modules/.bin/portway", import.meta.url);
  assert.match(execFileSync(command.pathname, ["--version"]).toString(), /^portway \d/);
});
