// The conversation of this tab with one bot: session and turns outlive a reload and a restart of the server.

const KEY = "conversation";
const MOST_TURNS = 200;
const user = document.getElementById("chat").dataset.user;
const bot = document.getElementById("bot");

export const conversation = read();

function read() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY));
    // Who logs in after somebody else does not see what that one said; another bot was not told it.
    if (kept?.user === user && kept.bot === bot.value) return kept;
  } catch {
    // Nothing readable is kept: a new one begins.
  }
  return { user, ...fresh() };
}

function fresh() {
  return { bot: bot.value, session: randomId(), turns: [] };
}

/** Not randomUUID, which is there over HTTPS only. */
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function add(turn) {
  conversation.turns.push(turn);
  conversation.turns.splice(0, conversation.turns.length - MOST_TURNS);
  keep();
  return turn;
}

/** Write down what has changed; without room, or where the browser allows none, it is lost with the tab. */
export function keep() {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(conversation));
  } catch {
    // The page works all the same.
  }
}

export function begin() {
  Object.assign(conversation, fresh());
  keep();
}
