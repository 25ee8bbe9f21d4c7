// The pages of shuzi in a real browser. Screenshots are left in target/browser.
//
// SHUZI_BINARY names the program, CHROMIUM the browser.

import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build, inBrowser, inFolder, run, sample, start } from "./shuzi.mjs";

// Drops a file on the page.
async function drop(page, name) {
  const bytes = readFileSync(sample(name)).toString("base64");
  await page.evaluate(([base64, name]) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name));
    dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, cancelable: true }));
  }, [bytes, name]);
}

const said = (page, id, expected) =>
  page.waitForFunction(([id, expected]) => new RegExp(expected).test(document.getElementById(id).textContent), [id, expected]);

async function reads() {
  const server = await start("serve", "--listen", "127.0.0.1:0");
  await inBrowser(async (open, shot) => {
    const page = await open(server.address);
    await drop(page, "line-7210414959.png");
    await said(page, "number", "^7210414959$");
    assert.equal(await page.locator("#digits tbody tr").count(), 10);
    await shot(page, "read-a-file");
    await drop(page, "blank.png");
    await said(page, "why", "Not accepted");
    // A 7, drawn.
    await page.click("#clear");
    const box = await page.locator("#paper").boundingBox();
    const at = (x, y) => [box.x + x * box.width, box.y + y * box.height];
    await page.mouse.move(...at(0.42, 0.25));
    await page.mouse.down();
    await page.mouse.move(...at(0.55, 0.25), { steps: 8 });
    await page.mouse.move(...at(0.46, 0.8), { steps: 8 });
    await page.mouse.up();
    await said(page, "number", "^7$");
    await shot(page, "read-a-drawing");
    const docs = await open(server.address + "/docs");
    await docs.waitForSelector("text=POST /v1/read");
  });
  await server.end();
}

// A server with a token asks for it, once.
async function asksForTheToken() {
  process.env.SHUZI_TOKEN = "a-token-of-the-browser-test";
  const server = await start("serve", "--listen", "127.0.0.1:0");
  delete process.env.SHUZI_TOKEN;
  await inBrowser(async (open) => {
    const page = await open(server.address);
    await drop(page, "digit-4.png");
    await page.waitForSelector("#who:not([hidden])");
    await page.fill("#token", "a-token-of-the-browser-test");
    await page.keyboard.press("Enter");
    await said(page, "number", "^4$");
  });
  await server.end();
}

const FIELDS = 30;

// A stack of copies of a sample, all of them doubted.
function stack(at, name, copies) {
  mkdirSync(at(name));
  for (let copy = 0; copy < copies; copy++) {
    copyFileSync(sample("digit-4.png"), join(at(name), String(copy).padStart(3, "0") + ".png"));
  }
  run("read", at(name), "--review", at(name + ".db"), "--min-confidence", "1");
  return at(name + ".db");
}

const statistics = (stack) => JSON.parse(run("review", stack, "--statistics", "--format", "json"));

async function reviewsByKeysAlone(at) {
  const file = stack(at, "one", FIELDS);
  const server = await start("review", file, "--listen", "127.0.0.1:0");
  await inBrowser(async (open, shot) => {
    const page = await open(server.address);
    await page.waitForSelector(".glyph");
    assert.ok(!page.url().includes("token"), "it is gone from the address");
    assert.equal(await page.locator(".glyph").count(), FIELDS);
    // Three outliers, one of them taken back; the rest is accepted.
    const press = (...keys) => keys.reduce((done, key) => done.then(() => page.keyboard.press(key)), Promise.resolve());
    await press("Space", "ArrowRight", "Space", "ArrowDown", "Space", "Space");
    assert.equal(await page.locator('.glyph[aria-pressed="true"]').count(), 2);
    await shot(page, "review-group");
    await press("Enter");
    await page.waitForSelector("text=No digits to look at");
    await press("Alt+2");
    await page.waitForSelector("img.crop");
    await shot(page, "review-field");
    const first = await page.locator("img.crop").getAttribute("alt");
    assert.equal(first, "the number to key");
    await press("9", "Enter");
    await page.waitForFunction(() => document.querySelector("input.number")?.value === "");
    await press("Control+z");
    await said(page, "message", "Taken back");
    await press("4", "Enter", );
    await page.waitForFunction(() => document.getElementById("message").textContent === "");
    await page.waitForSelector("img.crop");
    await press("4", "Enter");
    await page.waitForSelector("text=Nothing to key");
    await press("Alt+4");
    await page.waitForSelector("text=The stack");
    await shot(page, "review-statistics");
  });
  await server.end();
  const end = statistics(file);
  assert.deepEqual([end.agreed, end.open], [FIELDS, 0]);
}

async function keysTwiceAndArbitrates(at) {
  const file = stack(at, "two", 3);
  const operators = at("operators");
  const tokens = ["ana", "bo", "cy"].map((name) =>
    run("review", file, "--operators", operators, "--add-operator", name).trim());
  const server = await start("review", file, "--listen", "127.0.0.1:0", "--operators", operators, "--keyings", "2");
  await inBrowser(async (open, shot) => {
    const enter = async (token) => {
      const page = await open(server.address);
      await page.waitForSelector("#who:not([hidden])");
      await page.fill("#token", token);
      await page.keyboard.press("Enter");
      await said(page, "operator", "double keying");
      return page;
    };
    for (const [token, digit] of [[tokens[0], "4"], [tokens[1], "9"]]) {
      const page = await enter(token);
      await page.keyboard.press("Alt+2");
      for (let item = 0; item < 3; item++) {
        await page.waitForFunction(() => document.querySelector("input.number")?.value === "");
        assert.ok(!(await page.textContent("#screen")).includes("Read as"), "blind");
        const before = await page.locator("#screen p").first().textContent();
        await page.keyboard.type(item === 0 ? digit : "4");
        await page.keyboard.press("Enter");
        await page.waitForFunction((before) => document.querySelector("#screen p").textContent !== before, before);
      }
      await page.waitForSelector("text=Nothing to key");
    }
    const page = await enter(tokens[2]);
    await page.keyboard.press("Alt+3");
    await page.waitForSelector("button.number");
    assert.deepEqual(await page.locator("button.number").allTextContents(), ["4", "9"]);
    await shot(page, "review-arbitrate");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.waitForSelector("text=Nothing to arbitrate");
  });
  await server.end();
  const end = statistics(file);
  assert.deepEqual([end.agreed, end.arbitrated, end.disputed], [2, 1, 0]);
}

build();
await reads();
await asksForTheToken();
await inFolder(async (at) => {
  await reviewsByKeysAlone(at);
  await keysTwiceAndArbitrates(at);
});
console.log("the pages are well");
