// Asks the API: the answer comes while it is written, and in one piece where a stream does not work.

import { say, sayError } from "./texts.js";

const SILENCE_MS = 30000;
const page = document.getElementById("chat");

/** The server said what is wrong; asking in another way would not help. */
export class RefusedError extends Error {}

/** Return the reply to a question; `onText` is told the text so far. */
export async function ask(question, onText, signal) {
  try {
    return await askStreaming(question, onText, signal);
  } catch (error) {
    if (error instanceof RefusedError || signal.aborted) throw error;
    onText("");
    const response = await post(page.dataset.ask, question, patience(signal).signal);
    return response.json();
  }
}

export async function giveFeedback(feedback) {
  const response = await post(page.dataset.feedback, feedback, AbortSignal.timeout(SILENCE_MS));
  return response.json();
}

/** Return the trained models' names and the bots that answer from each. */
export async function trainedModels() {
  const response = await fetch(page.dataset.models, { headers: { "X-Requested-With": "fetch" } });
  return response.ok ? (await response.json()).models : [];
}

async function askStreaming(question, onText, signal) {
  const waiting = patience(signal);
  const asked = { ...question, stream: true };
  const response = await post(page.dataset.ask, asked, waiting.signal);
  let text = "";
  try {
    for await (const [name, content] of eventsOf(response.body)) {
      waiting.goOn();
      if (name === "answer") return content;
      if (name === "error") throw new Error(content.errmsg);
      text += content.text;
      onText(text);
    }
  } finally {
    waiting.end();
  }
  throw new Error("The stream ended before its answer.");
}

async function post(address, content, signal) {
  const response = await fetch(address, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      // The answer is in either form as the content asks for it.
      Accept: "text/event-stream, application/json",
      "X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]").value,
      "X-Requested-With": "fetch",
    },
    body: JSON.stringify(content),
    signal,
  });
  if (!response.ok) throw new RefusedError(await textOfError(response));
  return response;
}

async function textOfError(response) {
  if (response.status === 401) return say("logged_out");
  try {
    const { code, errmsg } = await response.json();
    return sayError(code, errmsg);
  } catch {
    return say("status", { number: response.status });
  }
}

/** Yield the name and content of each Server-Sent Event. */
async function* eventsOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) yield parsed(block);
  }
}

function parsed(block) {
  const field = (name) =>
    block.split("\n").find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
  return [field("event"), JSON.parse(field("data"))];
}

/** Give up where nothing comes for a while, or where the reader goes on to something else. */
function patience(signal) {
  const controller = new AbortController();
  let timer;
  const goOn = () => {
    clearTimeout(timer);
    timer = setTimeout(() => controller.abort(), SILENCE_MS);
  };
  goOn();
  return { signal: AbortSignal.any([controller.signal, signal]), goOn, end: () => clearTimeout(timer) };
}
