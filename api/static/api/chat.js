// The chat page: sends the form's message to the API and shows what comes back. Without it the form still works.
"use strict";

const form = document.getElementById("ask");
const field = document.getElementById("message");
const talk = document.getElementById("talk");
const TIMEOUT_MS = 30000;

function show(kind, text, note) {
  const item = document.createElement("li");
  item.className = kind;
  if (kind === "error") item.setAttribute("role", "alert");
  const paragraph = document.createElement("p");
  paragraph.textContent = text;
  item.append(paragraph);
  if (note) {
    const small = document.createElement("small");
    small.textContent = note;
    item.append(small);
  }
  talk.append(item);
  talk.scrollTop = talk.scrollHeight;
  return item;
}

function noteOf(reply) {
  const best = reply.answers[0];
  const parts = [best.source, reply.model, `${reply.elapsed_ms} ms`];
  if (best.score !== null) parts.splice(1, 0, `score ${best.score.toFixed(2)}`);
  if (reply.truncated) parts.push("only the last part was read");
  if (reply.unknown_words.length) parts.push(`unknown: ${reply.unknown_words.join(", ")}`);
  return parts.join(" · ");
}

async function textOfError(response) {
  if (response.status === 401) return "You are logged out. Log in again, then ask once more.";
  try {
    return (await response.json()).errmsg;
  } catch {
    return `The server answered with status ${response.status}.`;
  }
}

async function ask(message) {
  const response = await fetch(form.dataset.url, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "X-CSRFToken": form.elements.csrfmiddlewaretoken.value,
      "X-Requested-With": "fetch",
    },
    body: JSON.stringify({ message }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(await textOfError(response));
  return response.json();
}

async function send() {
  const message = field.value.trim();
  if (!message) return;
  field.value = "";
  show("question", message);
  const waiting = show("answer waiting", "");
  try {
    const reply = await ask(message);
    waiting.remove();
    show("answer", reply.msg, noteOf(reply));
  } catch (error) {
    waiting.remove();
    const isOwn = error instanceof Error && error.constructor === Error;
    show("error", isOwn ? error.message : "The server cannot be reached. Is it running?");
    field.value = field.value || message;
  }
  field.focus();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});

field.addEventListener("keydown", (event) => {
  // While an input method composes Chinese, Enter chooses characters.
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    send();
  }
});
