// The program under test, and pages of it.

import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
export const sample = (name) => join(root, "samples", name);

const binary = resolve(root, process.env.SHUZI_BINARY || "target/debug/shuzi");
const pictures = join(root, "target", "browser");
mkdirSync(pictures, { recursive: true });

// Builds the program, unless one is named.
export function build() {
  if (process.env.SHUZI_BINARY) return;
  const built = spawnSync("cargo", ["build", "--locked", "-p", "shuzi"], { cwd: root, stdio: "inherit" });
  if (built.status !== 0) throw new Error("the program can't be built");
}

// Runs a command to its end; what it prints.
export function run(...args) {
  const ran = spawnSync(binary, args, { encoding: "utf8" });
  if (ran.status !== 0) throw new Error(args.join(" ") + ": " + ran.stderr);
  return ran.stdout;
}

// Starts a command that says on stderr where it listens.
export async function start(...args) {
  const child = spawn(binary, args, { stdio: ["ignore", "ignore", "pipe"] });
  const address = await new Promise((done, failed) => {
    let said = "";
    child.stderr.on("data", (data) => {
      said += data;
      const found = said.match(/http:\S+(?=\n)/);
      if (found) done(found[0]);
    });
    child.on("exit", () => failed(new Error(said)));
  });
  return { address, end: () => new Promise((done) => { child.on("exit", done); child.kill(); }) };
}

// A folder that is gone afterwards.
export async function inFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), "shuzi-browser-"));
  try {
    await work((name) => join(folder, name));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// A browser whose pages may say nothing on their consoles but what is well.
export async function inBrowser(work) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: ["--no-sandbox"],
  });
  const complaints = [];
  const open = async (address) => {
    const context = await browser.newContext({ viewport: { width: 1000, height: 800 } });
    const page = await context.newPage();
    page.setDefaultTimeout(120_000);
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      // The browser says so itself where an answer is an error.
      const answer = message.text().startsWith("Failed to load resource");
      if (message.type() === "error" && !answer) complaints.push(message.text());
    });
    await page.goto(address);
    return page;
  };
  const shot = (page, name) => page.screenshot({ path: join(pictures, name + ".png") });
  try {
    await work(open, shot);
  } finally {
    await browser.close();
  }
  if (complaints.length) throw new Error("the pages complain: " + complaints.join("; "));
}
