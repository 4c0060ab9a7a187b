// Type-checked by `tsc --strict`, and run in Node and in a browser.
import { Accounts, RpcError, type Refusal, type User } from "./client/index.js";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Equal<A, B>) => {};

same<Awaited<ReturnType<Accounts["add"]>>, bigint>(true);
same<Parameters<Accounts["greet"]>, [name?: string | null]>(true);
same<User["born"], Date>(true);
same<User["scores"], Record<string, bigint>>(true);
same<User["place"], [number, number]>(true);
same<Awaited<ReturnType<Accounts["panic"]>>, void>(true);
same<Refusal, { tooMuch: { available: bigint } } | "closed">(true);

export async function check(url: string): Promise<string[]> {
  const failures: string[] = [];
  const expect = (what: string, holds: boolean) => { if (!holds) failures.push(what); };
  const accounts = new Accounts(url);

  const user: User = {
    id: 18446744073709551615n,
    born: new Date("1815-12-10T00:00:00Z"),
    nickname: null,
    tags: ["1234567890123456789", 'a "quote" \\'],
    scores: { best: -9223372036854775808n, small: 1n },
    role: { kind: "member", since: new Date(0) },
    place: [51.5, -0.1],
  };
  const back = await accounts.echo(user);
  expect("a large integer is exact", back.id === user.id);
  expect("a date is a Date", back.born instanceof Date && back.born.getTime() === user.born.getTime());
  expect("an option may be null", back.nickname === null);
  expect("digits in a text stay text", back.tags[0] === user.tags[0] && back.tags[1] === user.tags[1]);
  expect("values of a map are exact", back.scores.best === user.scores.best && back.scores.small === 1n);
  expect("a variant keeps its date", back.role.kind === "member" && back.role.since.getTime() === 0);
  expect("a tuple", back.place[0] === 51.5 && back.place[1] === -0.1);

  expect("integers are added", (await accounts.add(9223372036854775806n, 1n)) === 9223372036854775807n);
  expect("an argument may be left out", (await accounts.greet()) === "Hello, stranger!");
  expect("an argument", (await accounts.greet("Ada")) === "Hello, Ada!");
  expect("a result", (await accounts.withdraw(1n)) === 99n);

  const long = 12_000_000;
  expect("a text of some megabytes", (await accounts.text(long)).length === long);
  expect("a method of any name", (await accounts.call(7)) === 7);

  const refusal = await accounts.withdraw(1000n).catch((error: unknown) => error);
  if (Accounts.isError(refusal, "withdraw")) {
    const data = refusal.data;
    expect("an error has its message", refusal.message === "only 9007199254740993 are left");
    expect("an error has its data", typeof data === "object" && data.tooMuch.available === 9007199254740993n);
  } else {
    failures.push("an error of a method is told apart");
  }
  const broken = await accounts.panic().catch((error: unknown) => error);
  expect("a panic is an internal error", broken instanceof RpcError && broken.code === -32603);
  expect("a panic tells nothing", broken instanceof Error && !broken.message.includes("secret"));
  return failures;
}
