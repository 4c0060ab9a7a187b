// Calls a service by the client that Genezio's CLI made of it; prints what was not as it should be. A word on the command line is
// another address of the service.
import { Accounts } from "@genezio-sdk/sample";
import type { User } from "@genezio-sdk/sample";

const [, , url] = process.argv;
if (url !== undefined) Accounts.remote = new Accounts.remote.constructor(url);

const problems: string[] = [];
function expect(what: string, seen: unknown, wanted: unknown): void {
  if (JSON.stringify(seen) !== JSON.stringify(wanted)) problems.push(`${what}: ${JSON.stringify(seen)}`);
}

const user: User = {
  id: 7,
  born: "2000-01-31T12:00:00Z",
  nickname: null,
  tags: ["one"],
  scores: { first: 1 },
  role: { kind: "guest" },
  place: [1.5, 2.5],
};
const back: User = await Accounts.echo(user);
expect("echo", Object.entries(back).sort(), Object.entries(user).sort());
const sum: number = await Accounts.add(40, 2);
expect("add", sum, 42);
const greeting: string = await Accounts.greet("Ada");
expect("greet", greeting, "Hello, Ada!");
expect("greet nobody", await Accounts.greet(null), "Hello, stranger!");
for (const [amount, message] of [[0, "the account is closed"], [1000, "are left"]] as const) {
  const error = await Accounts.withdraw(amount).then(() => undefined, (error: Error) => error);
  if (!error?.message.includes(message)) problems.push(`withdraw ${amount}: ${error?.message}`);
}
const panic = await Accounts.panic().then(() => undefined, (error: Error) => error);
if (panic === undefined || JSON.stringify([panic.message, panic.stack]).includes("secret")) problems.push(`panic: ${panic?.stack}`);
console.log(JSON.stringify(problems));
