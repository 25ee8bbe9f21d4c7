// The frame: who reviews, which screen, which filter, undo.

import * as api from "./api.js";
import { screen as arbitrate } from "./arbitrate.js";
import { screen as field } from "./field.js";
import { screen as group } from "./group.js";
import { screen as statistics } from "./statistics.js";

const screens = { group, field, arbitrate, statistics };
const order = Object.keys(screens);
const $ = (id) => document.getElementById(id);
const FILTER = "shuzi-review-filter";
let current = "group";
let busy = false;  // whether something is being said
let shown = 0;  // screens that were asked for before are left alone

function filter() {
  const entries = Object.entries(JSON.parse(sessionStorage.getItem(FILTER) || "{}"));
  return Object.fromEntries(entries.map(([name, value]) =>
    [name, value === "" ? null : name === "max_confidence" ? Number(value) : value]));
}

function say(message) {
  $("message").textContent = message;
}

// Does something that asks the server, and says what is wrong.
async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    say(error.message);
    if (error.status === 401) {
      $("who").hidden = false;
      $("token").focus();
    }
    return undefined;
  }
}

// What a screen may use.
const frame = {
  filter,
  say,
  // Says something, then shows what is next.
  async act(deed) {
    if (busy) return;
    busy = true;
    const done = await attempt(() => api.act(deed, () => say("No answer yet: trying again.")));
    busy = false;
    if (done) say("");
    await show(current);
  },
};

async function show(name) {
  current = name;
  const mine = ++shown;
  for (const button of document.querySelectorAll("[data-screen]")) {
    button.setAttribute("aria-pressed", String(button.dataset.screen === name));
  }
  const made = await attempt(() => screens[name](frame));
  if (made && mine === shown) {
    $("screen").replaceChildren(made.element);
    made.focus?.();
  }
}

async function begin() {
  const me = await attempt(api.me);
  if (!me) return;
  $("who").hidden = true;
  say("");
  $("operator").textContent = me.operator + (me.keyings === 2 ? " (double keying)" : "");
  await show(current);
}

async function undo() {
  const done = await attempt(() => api.act({ undo: {} }, () => say("No answer yet: trying again.")));
  if (!done) return;
  say("Taken back.");
  await show(current);
}

$("who").addEventListener("submit", (event) => {
  event.preventDefault();
  api.token.set($("token").value);
  $("token").value = "";
  begin();
});
$("filter").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(FILTER, JSON.stringify(Object.fromEntries(new FormData(event.target))));
  show(current);
});
$("undo").addEventListener("click", undo);
for (const button of document.querySelectorAll("[data-screen]")) {
  button.addEventListener("click", () => show(button.dataset.screen));
}
addEventListener("keydown", (event) => {
  if (event.altKey && order[Number(event.key) - 1]) {
    event.preventDefault();
    show(order[Number(event.key) - 1]);
  } else if ((event.ctrlKey || event.metaKey) && event.key === "z") {
    event.preventDefault();
    undo();
  }
});

// The link that `shuzi review` prints has the token behind the #, which no server sees.
const given = new URLSearchParams(location.hash.slice(1)).get("token");
if (given) {
  api.token.set(given);
  history.replaceState(null, "", location.pathname);
}
begin();
