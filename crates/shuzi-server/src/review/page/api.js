// What the server is asked. The token stays in this tab.

const TOKEN = "shuzi-review-token";
const PAUSE_MS = 1000;

export const token = {
  get: () => sessionStorage.getItem(TOKEN),
  set: (value) => sessionStorage.setItem(TOKEN, value.trim()),
};

// An answer that is an error.
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function send(path, body) {
  const headers = { authorization: "Bearer " + token.get() };
  const what = body === undefined ? { headers }
    : { method: "POST", headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(body) };
  const reply = await fetch("/review/api/" + path, what);
  const value = await reply.json();
  if (!reply.ok) throw new Refused(reply.status, value.error);
  return value;
}

export const me = () => send("me");
export const statistics = () => send("statistics");
export const next = (screen, filter) => send("next", { screen, filter });
export const group = (count, filter) => send("group", { heading: null, count, filter });

// A name that no other act has; the pages of plain HTTP have no randomUUID.
function name() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Says something, again and again until there is an answer: by its name it is done once.
export async function act(deed, waiting) {
  const id = name();
  for (;;) {
    try {
      return await send("act", { id, deed });
    } catch (error) {
      if (error instanceof Refused && error.status < 500) throw error;
      waiting(error);
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
  }
}
